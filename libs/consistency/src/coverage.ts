import { appliedHorizon, type Horizons } from './horizons.ts';
import type { Needs } from './token.ts';
import { compareTransactions } from './transaction-number.ts';

/** What a request is about, as partitions: that of its key, those of its keys, or all. */
export type Partitions = readonly number[];

/**
 * The regions whose writes are needed and not all applied here; none when the needs are covered. A write of this region
 * itself was committed in this very database before anybody could learn its number.
 */
export function missingRegions(
  needs: Needs,
  { here, horizons, partitions }: { here: string; horizons: Horizons; partitions: Partitions },
): string[] {
  return Object.entries(needs)
    .filter(([region, number]) => {
      if (region === here) return false;
      return partitions.some((partition) => {
        const applied = appliedHorizon(horizons[region]?.[partition]);
        // A horizon is the first number that is not promised.
        return applied === undefined || compareTransactions(applied.horizon, number) <= 0;
      });
    })
    .map(([region]) => region);
}

/**
 * How old what is read here may be, in milliseconds: the age of the horizon that is furthest behind, of any of these
 * regions. Undefined when one of them has not been heard of. Compares two wall clocks: as wrong as they are apart.
 */
export function stalenessMs(
  regions: readonly string[],
  { horizons, partitions, nowMs }: { horizons: Horizons; partitions: Partitions; nowMs: number },
): number | undefined {
  let oldestMs = nowMs;
  for (const region of regions)
    for (const partition of partitions) {
      const applied = appliedHorizon(horizons[region]?.[partition]);
      if (!applied) return undefined;
      oldestMs = Math.min(oldestMs, applied.atMs);
    }
  return nowMs - oldestMs;
}
