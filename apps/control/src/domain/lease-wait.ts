import { primaryOf, type RegionId, type RoutingTable } from '@meridian/regions';

/** How long a lease lasts, from when the region began to ask for it, in milliseconds. */
export const LEASE_MS = 3_000;
/** By how much two regions' clocks may drift apart while a lease runs, and a region's own may be off. */
export const CLOCK_ERROR_MS = 500;

export interface KnownTable {
  table: RoutingTable;
  knownForMs: number;
}

/**
 * How long a region that is primary must wait until it may hold the lease, in milliseconds. Problem: the primary before it
 * may be cut off from clients and operators and still believe in its lease. That was renewed for the last time before a
 * majority accepted the epoch that made another one primary, as no majority confirms it after that. So it has run out
 * `LEASE_MS` after that epoch was decided; whoever learned of the decision learned of it later than that.
 *
 * `known` is what was decided, the newest first, perhaps with gaps: what was between them is taken to be the worst.
 * Source: Gray and Cheriton, "Leases" (SOSP 1989). Limit: clocks may run apart by no more than `CLOCK_ERROR_MS`.
 */
export function leaseWaitMs(region: RegionId, known: readonly KnownTable[]): number {
  const since = sinceWhen(region, known);
  if (!since) return 0;
  if (since.before && primaryOf(since.before) === undefined) return 0;
  return Math.max(0, LEASE_MS + CLOCK_ERROR_MS - since.first.knownForMs);
}

/** Whom it took over from, when that is known. */
export function primaryBefore(region: RegionId, known: readonly KnownTable[]): RegionId | undefined {
  const before = sinceWhen(region, known)?.before;
  return before && primaryOf(before);
}

/** The first table of the unbroken row that makes the region primary, and the one before it. */
function sinceWhen(region: RegionId, known: readonly KnownTable[]) {
  let first: KnownTable | undefined;
  for (const one of known) {
    if (first && one.table.epoch !== first.table.epoch - 1) return { first, before: undefined };
    if (primaryOf(one.table) !== region) return first && { first, before: one.table };
    first = one;
  }
  return first && { first, before: undefined };
}
