import type { RegionId } from './region-id.ts';
import { grown, joinTotals, sumOf, totalIn } from './totals.ts';

/**
 * The problem: a number of units may be taken in every region at once, without a call to another one, and never more in
 * all than there are, also while no region can reach any other. A register oversells (of two regions that each write
 * "9 left" one write is lost), and so does a counter (each region takes the last unit that it sees).
 *
 * A bounded counter splits the right to take units among the regions. Each spends what it holds and nothing else, so no
 * region has to know what the others do at that moment; what all hold together is never more than what was granted. A
 * region that runs short asks another one to hand over rights, which that one pays at once from its own. This is the
 * old idea of escrow, with a state that converges by a join. Home regions or consensus would keep the bound as well, but
 * stop selling wherever the home or the majority cannot be reached.
 *
 * All entries are totals that only grow, and each is written by one region only: the one that it begins with. So the
 * join is the maximum per entry, and a delta is nothing but the entries that a write changed.
 *
 * Source: Balegas, Serra, Duarte, Ferreira, Shapiro, Rodrigues, Preguiça: "Extending Eventually Consistent Cloud
 * Databases for Enforcing Numeric Invariants" (2015); O'Neil: "The Escrow Transactional Method" (1986). There, rights
 * and spends are a matrix and a vector; grants and refunds stand apart here, so that they can be told from transfers.
 *
 * Limits:
 * - A region must decide on a copy that holds all of its own writes, one decision after the other. Two decisions on one
 *   copy spend one right twice; so does a region that goes on after its disk lost what it had written: see `writeOff`.
 * - Rights of a region that is cut off cannot be used by others until it is back, or fenced: see `reclaim`.
 * - Only a region's own copy is exact about its rights. Deltas arrive in any order, so another copy may know a spend
 *   before the transfer that paid for it, and show less, even below 0, for that while. Nothing is decided by it.
 */
export interface BoundedCounter {
  /** Units that this region added: the initial stock, a restock. */
  granted: Record<RegionId, number>;
  /** By `${from}>${to}`: rights handed over, written by `from` alone. */
  moved: Record<string, number>;
  /** Units taken. */
  spent: Record<RegionId, number>;
  /** Units given back by the region that took them, to itself. */
  refunded: Record<RegionId, number>;
}

/** `delta` holds the entries that changed and no others: join it into one's own copy, and tell it to the others. */
export type RightsDecision =
  | { ok: true; delta: BoundedCounter }
  /** `held` is what there was: rights, or for a refund the units taken and not yet given back. */
  | { ok: false; reason: 'InsufficientRights'; held: number };

/** Where rights go that nobody may use any more. No region has this name, so nothing comes back from there. */
export const WRITTEN_OFF = 'written-off';

export const EMPTY_COUNTER: BoundedCounter = Object.freeze({
  granted: Object.freeze({}),
  moved: Object.freeze({}),
  spent: Object.freeze({}),
  refunded: Object.freeze({}),
});

/** Entry by entry the greater one, the later word of the one region that writes it. */
export function joinCounters(a: BoundedCounter, b: BoundedCounter): BoundedCounter {
  return {
    granted: joinTotals(a.granted, b.granted),
    moved: joinTotals(a.moved, b.moved),
    spent: joinTotals(a.spent, b.spent),
    refunded: joinTotals(a.refunded, b.refunded),
  };
}

/** How many units the region may take. Exact in the copy of that region, and never negative there. */
export function rightsOf({ granted, moved, spent, refunded }: BoundedCounter, region: RegionId): number {
  let rights = totalIn(granted, region) + totalIn(refunded, region) - totalIn(spent, region);
  for (const [handover, units] of Object.entries(moved)) {
    const [from, to] = handover.split('>');
    if (to === region) rights += units;
    if (from === region) rights -= units;
  }
  return rights;
}

/** What may still be taken in all regions together, as this copy knows. What is on its way between two is counted. */
export function totalRights({ granted, spent, refunded, moved }: BoundedCounter): number {
  const writtenOff = Object.entries(moved).filter(([handover]) => handover.endsWith(`>${WRITTEN_OFF}`));
  return sumOf(granted) + sumOf(refunded) - sumOf(spent) - sumOf(Object.fromEntries(writtenOff));
}

/** Units are added to the stock, and the right to take them is this region's. */
export function grant(counter: BoundedCounter, region: RegionId, units: number): { ok: true; delta: BoundedCounter } {
  return { ok: true, delta: { ...EMPTY_COUNTER, granted: grown(counter.granted, region, units) } };
}

/** Takes units, all or none. */
export function spend(counter: BoundedCounter, region: RegionId, units: number): RightsDecision {
  const held = rightsOf(counter, region);
  if (units > held) return { ok: false, reason: 'InsufficientRights', held };
  return { ok: true, delta: { ...EMPTY_COUNTER, spent: grown(counter.spent, region, units) } };
}

/** Gives back units that this region took, and the right to take them with them. */
export function refund(counter: BoundedCounter, region: RegionId, units: number): RightsDecision {
  const held = totalIn(counter.spent, region) - totalIn(counter.refunded, region);
  if (units > held) return { ok: false, reason: 'InsufficientRights', held };
  return { ok: true, delta: { ...EMPTY_COUNTER, refunded: grown(counter.refunded, region, units) } };
}

/**
 * Hands rights over; only `from` may decide this, as only it knows what it holds. They leave it at once and are usable
 * at `to` as soon as `to` has joined the delta. A delta that is lost on its way costs nobody anything but time: the next
 * state of `from`, or a later delta for the same two, carries its total again.
 */
export function move(counter: BoundedCounter, from: RegionId, to: RegionId, units: number): RightsDecision {
  const held = rightsOf(counter, from);
  if (units > held) return { ok: false, reason: 'InsufficientRights', held };
  return { ok: true, delta: { ...EMPTY_COUNTER, moved: grown(counter.moved, `${from}>${to}`, units) } };
}

/**
 * Moves all rights of a region that is gone for good, in its name, as far as this copy knows them.
 *
 * This breaks the one rule that the bound rests on: that an entry is written by its own region only. It is legal only
 * under a new epoch in which `from` is fenced (whatever it still writes or has not sent is refused everywhere and for
 * ever, and it comes back, if at all, under a new id), and only by the one region that this epoch names. Otherwise
 * `from` goes on spending what `to` now holds as well, or two regions reclaim the same rights. What `from` sold and never
 * told is lost with it then, as the control plane's account of the loss must say (RPO); it cannot be found out here.
 */
export function reclaim(counter: BoundedCounter, from: RegionId, to: RegionId): BoundedCounter {
  const known = Math.max(0, rightsOf(counter, from));
  return { ...EMPTY_COUNTER, moved: grown(counter.moved, `${from}>${to}`, known) };
}

/**
 * Gives up all rights of a region that lost its memory, by that region itself. It may have spent them and told nobody, so
 * that to use one would be to use it twice. What it is given from now on it may spend: whatever else of its lost life
 * becomes known only makes its rights fewer, as each of its totals is at least what it counted since.
 *
 * Needs: everything that any other region has of its lost life has been joined into `counter`. What came later could
 * tell of units that were given back to it, and not that it had sold them again.
 */
export function writeOff(counter: BoundedCounter, region: RegionId): BoundedCounter {
  const known = Math.max(0, rightsOf(counter, region));
  return { ...EMPTY_COUNTER, moved: grown(counter.moved, `${region}>${WRITTEN_OFF}`, known) };
}
