import { type Fact, joinFacts } from '@meridian/crdt';
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
}

export interface Placed extends Stamp {
  customerId: string;
  lines: PricedLine[];
  total: Money;
  /** Tells a retry of the request from a reuse of its Idempotency-Key. */
  requestHash: string;
}
export interface Paid extends Stamp {
  paymentReference: string;
}
export interface Cancelled extends Stamp {
  reason: string;
}

export type OrderFacts = { placed?: Placed; paid?: Paid; cancelled?: Cancelled };

export type Order =
  /** Nothing is known yet, or only what came after the placing: another region's event is still on its way. */
  | { status: 'unknown' }
  | { status: 'placed'; placed: Placed }
  | { status: 'paid'; placed: Placed; paid: Paid }
  | { status: 'cancelled'; placed: Placed; cancelled: Cancelled }
  /** Paid and cancelled, whichever came first or wherever: a rule of the business, not of the clock. */
  | { status: 'refund-due'; placed: Placed; paid: Paid; cancelled: Cancelled };

export function orderOf({ placed, paid, cancelled }: OrderFacts): Order {
  if (!placed) return { status: 'unknown' };
  if (paid && cancelled) return { status: 'refund-due', placed, paid, cancelled };
  if (cancelled) return { status: 'cancelled', placed, cancelled };
  if (paid) return { status: 'paid', placed, paid };
  return { status: 'placed', placed };
}

export function join(a: OrderFacts, b: OrderFacts): OrderFacts {
  return joinFacts<OrderFacts>(a, b);
}

/** Whether `known` already says all that `joined` says; also of facts that only a later version can read. */
export function isUnchanged(known: OrderFacts, joined: OrderFacts): boolean {
  const facts = Object.keys(joined) as (keyof OrderFacts)[];
  return facts.every((fact) => known[fact]?.hlc === joined[fact]?.hlc);
}

/** The greatest clock reading among facts. Throws when there is none, as such an order is never written. */
export function latestHlc(facts: OrderFacts): Hlc {
  const latest = latestHlcOf(Object.values(facts).map((fact) => fact.hlc));
  if (latest === undefined) throw new Error('An order of which nothing is known is never written.');
  return latest;
}
