import { partition, regions } from '@meridian/test-harness';

/** A three-way partition (or as many ways as there are regions): none hears of any other. Proves itself link by link. */
export async function cutAllPairs(): Promise<void> {
  for (const [i, a] of regions.entries()) for (const b of regions.slice(i + 1)) await partition(a, b);
}
