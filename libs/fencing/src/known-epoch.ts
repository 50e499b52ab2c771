import { sameJson } from '@meridian/crdt';
import { primaryOf, type RegionId, type RoutingTable } from '@meridian/regions';

/**
 * A zombie is a process that acts on a decision that is over: it was paused, or cut off, while others decided anew. Nobody
 * can take the old decision away from it. What can be done is to number decisions, and to have whatever an action needs
 * refuse the number that is over: a fencing token. The number here is the epoch of the routing table; what an action needs
 * is the commit in the service's database, and the other regions that it calls.
 *
 * Where one region alone may write, "has not heard of a newer one" is not enough to go on: the newer one may have made
 * another region the primary. There writing needs a lease, too, which runs out by itself.
 *
 * Source: Gray and Cheriton, "Leases" (1989); Kleppmann, "How to do distributed locking" (2016), for fencing tokens.
 * Limits: docs/explanation/fencing.md.
 */
export interface KnownEpoch {
  table: RoutingTable;
  /** Until when this region may write where that needs a lease, by its wall clock. Absent where none was given. */
  leaseUntilMs?: number;
}

/** What control says. */
export interface ToldEpoch {
  table: RoutingTable;
  leaseMs?: number;
  sentAtMs?: number;
}

export type Learnt =
  /** `changed` is false when nothing of it was news. */
  | { ok: true; known: KnownEpoch; changed: boolean }
  /** One number stands for two decisions: somebody has decided without a majority. Neither can be told from the other. */
  | { ok: false; reason: 'StaleEpoch' | 'TwoTablesOfOneEpoch' };

/**
 * Epochs only grow, and within one a lease only gets longer, so that being told out of order does no harm. A lease is of
 * the epoch in which it was given: a new decision begins without one.
 */
export function learn(known: KnownEpoch, told: ToldEpoch, nowMs: number): Learnt {
  if (told.table.epoch < known.table.epoch) return { ok: false, reason: 'StaleEpoch' };
  const isNewer = told.table.epoch > known.table.epoch;
  if (!isNewer && !sameJson(told.table, known.table)) return { ok: false, reason: 'TwoTablesOfOneEpoch' };
  const held = isNewer ? undefined : known.leaseUntilMs;
  const given = leaseUntil(told, nowMs);
  const leaseUntilMs = held === undefined || (given !== undefined && given > held) ? given : held;
  const changed = isNewer || leaseUntilMs !== known.leaseUntilMs;
  return { ok: true, known: { table: told.table, ...(leaseUntilMs !== undefined && { leaseUntilMs }) }, changed };
}

/** From when it was sent, and not from when it is read. A sender whose clock is ahead gives no longer lease for that. */
function leaseUntil({ leaseMs, sentAtMs }: ToldEpoch, nowMs: number): number | undefined {
  return leaseMs === undefined || sentAtMs === undefined ? undefined : Math.min(sentAtMs, nowMs) + leaseMs;
}

/** Where only one region may write, it must be sure to be still the one. */
export function needsLease(table: RoutingTable, region: RegionId): boolean {
  return primaryOf(table) === region;
}
