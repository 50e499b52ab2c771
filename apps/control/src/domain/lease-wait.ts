import { primaryOf, type RegionId, type RoutingTable } from '@meridian/regions';

/** How long a lease lasts, from when the region began to ask for it, in milliseconds. */
export const LEASE_MS = 3_000;
/** By how much two regions' clocks may drift apart while a lease runs, and a region's own may be off. */
export const CLOCK_ERROR_MS = 500;

export interface KnownTable {
  table: RoutingTable;
  knownForMs: number;
}

/** What keeps a new primary from its lease. */
export interface LeaseClaims {
  /** Until the last lease of another region must be over, in milliseconds; 0 when none can be left. */
  waitMs: number;
  /** Who may still hold one: when all of them have given it up, nobody has to wait. Undefined when that is not known. */
  holders: RegionId[] | undefined;
}

/**
 * How long a region that is primary must wait until it may hold the lease, and for whom. Problem: a primary before it may be
 * cut off from clients and operators and still believe in its lease. That was renewed for the last time before a majority
 * accepted the epoch that came after its own, as no majority confirms it after that. So it has run out `LEASE_MS` after that
 * epoch was decided; whoever learned of the decision learned of it later than that.
 *
 * Not only the one just before counts: two changes within the length of a lease leave the first primary with a lease of
 * which the second, that never had one, knows nothing. Hence everybody whose table was in force within that time.
 *
 * `known` is what was decided, the newest first, perhaps with gaps: what was between them is taken to be the worst.
 * Source: Gray and Cheriton, "Leases" (SOSP 1989). Limit: clocks may run apart by no more than `CLOCK_ERROR_MS`.
 */
export function leaseClaims(region: RegionId, known: readonly KnownTable[]): LeaseClaims {
  const holders = new Set<RegionId>();
  let isKnown = true;
  let waitMs = 0;
  for (const [i, { table, knownForMs: overForMs }] of known.entries()) {
    const leftMs = LEASE_MS + CLOCK_ERROR_MS - overForMs;
    // From here on every table has been over for long enough.
    if (leftMs <= 0) break;
    const older = known[i + 1]?.table;
    if (older?.epoch !== table.epoch - 1) {
      if (table.epoch > 0) isKnown = false;
    } else {
      const holder = primaryOf(older);
      if (holder === undefined || holder === region) continue;
      holders.add(holder);
    }
    waitMs = Math.max(waitMs, table.epoch > 0 ? leftMs : 0);
  }
  return { waitMs, holders: isKnown ? [...holders] : undefined };
}
