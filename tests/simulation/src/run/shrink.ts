import type { Decision } from '../world/schedule.ts';

/** As many runs as somebody who waits for an answer will wait for: a few seconds. */
const MAX_RUNS = 400;

/**
 * A smaller schedule that still fails: decisions are left out, first many at a time and then one by one, as long as what
 * is left fails. Delta debugging (Zeller and Hildebrandt, 2002), in its simplest form; the result is small, not minimal.
 */
export function shrink(
  schedule: readonly Decision[],
  stillFails: (smaller: readonly Decision[]) => boolean,
): readonly Decision[] {
  let smallest = schedule;
  let runs = 0;
  for (let size = Math.ceil(schedule.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < smallest.length && runs < MAX_RUNS; ) {
      const without = [...smallest.slice(0, from), ...smallest.slice(from + size)];
      runs += 1;
      if (stillFails(without)) smallest = without;
      else from += size;
    }
  }
  return smallest;
}
