import { type Fact, joinFact } from '@meridian/crdt';
import { type Hlc, latestHlcOf } from '@meridian/hlc';

/**
 * An order is the set of facts known of it, and nothing else: what regions exchange is facts, what they store is facts,
 * and the status is read off them. A fact, once known, stays; of two tellings of one fact the earlier holds. So regions
 * that know the same facts agree, in whatever order and however often the facts came, and no acknowledged step is lost.
 */

export interface Money {
  amountMinor: number;
  currency: 'EUR' | 'USD' | 'SGD';
}

export interface PricedLine {
  sku: string;
  quantity: number;
  unitPrice: Money;
}

/** When and where a fact was decided. */
export interface Stamp extends Fact {
  /** ISO 8601, the wall clock of the region that decided; for people. The order of facts is `hlc`. */
  at: string;
  region: string;
  /** Of the write, when it is recorded. */
  trace?: string;
}

export interface Placed extends Stamp {
  customerId: string;
  lines: PricedLine[];
  total: Money;
  /** Tells a retry of the request from a reuse of its Idempotency-Key. */
  requestHash: string;
  /** The region whose catalog holds the units. Absent from a version that knew none but its own: see `heldIn`. */
  reservedIn?: string;
}
export interface Paid extends Stamp {
  paymentReference: string;
  /** The charge it was made by. Absent from a version that knew no charges. Whether it counts: see `paymentOf`. */
  chargeId?: string;
}
export interface Cancelled extends Stamp {
  reason: string;
  /** The reading of the payment that was known when this was decided; absent when none was. */
  knewPaid?: Hlc;
}
/**
 * Units that were reserved for a placing of this order in `region`, which does not hold, as another region had placed it as
 * well, and earlier. `reservedIn` is where they are.
 */
export interface Surplus extends Stamp {
  reservedIn: string;
  /** False when another order than this one was asked for with the same Idempotency-Key. */
  sameRequest: boolean;
}
/** Money that a provider took. `region` is where, and so whose account it has to be given back from. */
export interface Charge extends Stamp {
  amount: Money;
  reference: string;
}
/**
 * That a charge does not count and never will, whatever comes to be known later. Told by the region that made the charge,
 * with it when the payment is refused, and else before the money goes back: a charge must not come to count whose money has
 * gone, or of which somebody has been told that it does not.
 */
export interface Voided extends Stamp {
  /** 'another-total', 'another-charge-counts', 'cancelled', or what a later version says. */
  reason: string;
}
export interface Refund extends Stamp {
  amount: Money;
}

/** What can be told of an order once: each of them is one fact, and the earlier telling holds. */
export interface SingleFacts {
  placed?: Placed;
  paid?: Paid;
  cancelled?: Cancelled;
}
/** What can happen to it more than once: maps that only grow, each key of them a fact. */
export interface FactMaps {
  /** By `reservationName`. A version that kept one reservation per order and region has it by `reservedIn`. */
  surplus?: Record<string, Surplus>;
  /** By the id that the provider gave. */
  charges?: Record<string, Charge>;
  /** By the id of the charge. */
  voided?: Record<string, Voided>;
  /** By the id of the charge that was given back. */
  refunds?: Record<string, Refund>;
}
export type OrderFacts = SingleFacts & FactMaps;

const MAPS: ReadonlySet<string> = new Set<keyof FactMaps>(['surplus', 'charges', 'voided', 'refunds']);

export type Order =
  /** Nothing is known yet, or only what came after the placing: another region's event is still on its way. */
  | { status: 'unknown' }
  | ({ status: 'placed'; placed: Placed } & FactMaps)
  | ({ status: 'paid'; placed: Placed; paid: Paid } & FactMaps)
  | ({ status: 'cancelled'; placed: Placed; cancelled: Cancelled } & FactMaps)
  /** Cancelled, and money was taken, whichever came first or wherever: a rule of the business, not of the clock. */
  | ({ status: 'refund-due' | 'refunded'; placed: Placed; paid?: Paid; cancelled: Cancelled } & FactMaps);

export type KnownOrder = Exclude<Order, { status: 'unknown' }>;

export function orderOf(facts: OrderFacts): Order {
  const { placed, paid, cancelled, ...known } = facts;
  if (!placed) return { status: 'unknown' };
  if (!cancelled) {
    const counting = paymentOf(facts);
    return counting ? { status: 'paid', placed, paid: counting, ...known } : { status: 'placed', placed, ...known };
  }
  const { charges = {}, refunds = {} } = known;
  const wasCharged = paid !== undefined || Object.keys(charges).length > 0;
  if (!wasCharged) return { status: 'cancelled', placed, cancelled, ...known };
  const isGivenBack = (id: string) => refunds[id] !== undefined;
  // A payment told without its charge comes from a version that made none: no region can give that one back.
  const isSettled = (!paid || isGivenBack(paid.chargeId ?? '')) && Object.keys(charges).every(isGivenBack);
  return { status: isSettled ? 'refunded' : 'refund-due', placed, ...(paid && { paid }), cancelled, ...known };
}

/** Where the units of a placing are. */
export function heldIn({ reservedIn, region }: Placed): string {
  return reservedIn ?? region;
}

/**
 * A reservation is of one placing: `region` asked for it, and `reservedIn` holds the units, be it that they were borrowed
 * there. By the order alone, two placings could rely on one reservation, and the one that loses would give back the units
 * of the one that holds.
 */
export function reservationName({ reservedIn, region }: { reservedIn: string; region: string }): string {
  return `${reservedIn} for ${region}`;
}

/**
 * The payment that counts: of the charges of the order's total the earliest. The total is that of the placing that holds,
 * so a charge that another region made for a placing at another price does not count. Nor does one that was voided or given
 * back. A payment whose charge is not known, of an older version or still on its way, counts as it is told.
 */
export function paymentOf({ placed, paid, charges = {}, voided, refunds }: OrderFacts): Paid | undefined {
  if (paid && charges[paid.chargeId ?? ''] === undefined) return paid;
  const counts = ([id, { amount }]: [string, Charge]) =>
    placed !== undefined && isSameAmount(amount, placed.total) && !voided?.[id] && !refunds?.[id];
  const [first] = Object.entries(charges)
    .filter(counts)
    .sort(([, a], [, b]) => (a.hlc < b.hlc ? -1 : 1));
  if (!first) return undefined;
  const [chargeId, { amount: _, reference, ...stamp }] = first;
  return paid?.chargeId === chargeId ? paid : { ...stamp, paymentReference: reference, chargeId };
}

export function isSameAmount(a: Money, b: Money): boolean {
  return a.amountMinor === b.amountMinor && a.currency === b.currency;
}

/**
 * The charges that are to be given back from the account of `region`: those that do not count, and all of a cancelled
 * order. Of an order whose placing is not known, and so its total, nothing can be said yet.
 */
export function refundsDue(facts: OrderFacts, region: string): [string, Charge][] {
  const { placed, cancelled, charges = {}, voided, refunds } = facts;
  const counting = cancelled ? undefined : paymentOf(facts)?.chargeId;
  const isDue = (id: string) =>
    cancelled !== undefined || voided?.[id] !== undefined || (placed !== undefined && counting !== id);
  return Object.entries(charges).filter(([id, charge]) => charge.region === region && isDue(id) && !refunds?.[id]);
}

/** Fact by fact. What is not a map of facts known here is taken for one fact, be it of a later version. */
export function join(a: OrderFacts, b: OrderFacts): OrderFacts {
  // Through a Map, and as entries: a key like `__proto__` from outside is a key like any other.
  const joined = new Map<string, unknown>(Object.entries(a));
  for (const [name, told] of Object.entries(b)) {
    const known = joined.get(name);
    const both = MAPS.has(name)
      ? joinMaps(known as Facts | undefined, told as Facts | undefined)
      : joinTelling(known as Stamp | undefined, told as Stamp | undefined);
    // What is not known is absent, not undefined: two states are the same when their JSON is.
    if (both !== undefined) joined.set(name, both);
  }
  return Object.fromEntries(joined);
}

/**
 * The earlier of two tellings. When they are one and the same (equal readings), all that either says: a telling that has
 * passed through a region of an older version lacks the members which that one did not know.
 */
function joinTelling<T extends Fact>(a: T | undefined, b: T | undefined): T | undefined {
  return a && b && a.hlc === b.hlc ? { ...b, ...a } : joinFact(a, b);
}

type Facts = Record<string, Stamp>;

function joinMaps(a: Facts | undefined, b: Facts | undefined): Facts | undefined {
  if (!a || !b) return a ?? b;
  const joined = new Map(Object.entries(a));
  for (const [key, fact] of Object.entries(b)) joined.set(key, joinTelling(joined.get(key), fact) as Stamp);
  return Object.fromEntries(joined);
}

/**
 * Whether `known` already says all that `joined`, a join with it, says. Equal readings are one write, of which `known` can
 * only say less.
 */
export function isUnchanged(known: OrderFacts, joined: OrderFacts): boolean {
  const [before, after] = [factsOf(known), factsOf(joined)];
  const says = ([, fact]: [string, Stamp]) => `${fact.hlc} ${Object.keys(fact).length}`;
  return before.length === after.length && after.every((fact, i) => says(fact) === says(before[i] as [string, Stamp]));
}

/** Every fact, under its name. */
export function factsOf(facts: OrderFacts): [string, Stamp][] {
  return Object.entries(facts).flatMap(([name, told]): [string, Stamp][] => {
    if (MAPS.has(name)) return Object.values<Stamp>(told as Facts).map((fact) => [name, fact]);
    return told ? [[name, told as Stamp]] : [];
  });
}

/** The greatest clock reading among facts; undefined when there is none. */
export function knownHlc(facts: OrderFacts): Hlc | undefined {
  return latestHlcOf(factsOf(facts).map(([, { hlc }]) => hlc));
}

/** The greatest clock reading among facts. Throws when there is none, as such an order is never written. */
export function latestHlc(facts: OrderFacts): Hlc {
  const latest = knownHlc(facts);
  if (latest === undefined) throw new Error('An order of which nothing is known is never written.');
  return latest;
}
