import type { RankedRegion } from './rank-regions.ts';
import type { RegionId } from './topology.ts';

/**
 * The regions by measured round trip instead of by distance. Problem: cables are not great circles, and a link that has
 * become slow is as near on the map as before. But what is measured wobbles, and requests that followed every wobble
 * would go to and fro between regions, each time away from the caches and sessions that they had warmed.
 *
 * So the order follows not the last measurement but an adopted one, which stays until the measured one is clearly
 * elsewhere. Comparing two regions "with a tolerance" would not do: such an order is not transitive, and with three
 * regions it depends on who is asked first.
 *
 * Limits: it is the way from the edge that is measured, so this is for an edge that stands near its clients. And a region
 * that answers slowly because it is full looks far: it gets less, then looks near again. The tolerance damps that and
 * does not end it; load limits and health are what protects a region.
 */

/** Milliseconds by region, as adopted. A region that is not listed was never measured. */
export type RttTable = Readonly<Record<RegionId, number>>;

/** A change of less than this is noise of a busy machine, not another way. */
const TOLERATED_MS = 5;
/** Links between continents wobble more than those within one. */
const TOLERATED_PART = 0.2;

/** What is adopted after a measurement of each region, in ms; null where none was answered yet. The same object when nothing moved. */
export function adoptRtts(adopted: RttTable, measuredMs: Readonly<Record<RegionId, number | null>>): RttTable {
  const moved = Object.entries(measuredMs).filter(
    (entry): entry is [RegionId, number] => entry[1] !== null && isElsewhere(adopted[entry[0]], entry[1]),
  );
  return moved.length === 0 ? adopted : { ...adopted, ...Object.fromEntries(moved) };
}

function isElsewhere(adoptedMs: number | undefined, measuredMs: number): boolean {
  if (adoptedMs === undefined) return true;
  return Math.abs(measuredMs - adoptedMs) > Math.max(TOLERATED_MS, TOLERATED_PART * adoptedMs);
}

/** Fastest first; at equal round trips, and among those never measured, which come last, in the order given. */
export function rankByRtt(ranked: readonly RankedRegion[], adopted: RttTable): RankedRegion[] {
  const rttOf = ({ region }: RankedRegion) => adopted[region] ?? Number.MAX_VALUE;
  return ranked.toSorted((a, b) => rttOf(a) - rttOf(b));
}
