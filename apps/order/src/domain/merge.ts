import { surplusOf } from './decide.ts';
import {
  heldIn,
  isSameAmount,
  isUnchanged,
  join,
  type OrderFacts,
  type Placed,
  reservationName,
  type Stamp,
} from './order.ts';

/**
 * Joining what another region tells, and what follows from it for this one. A join alone settles which placing holds; it
 * does not give back what the other one took. So the region whose own placing has lost, or was cancelled elsewhere, adds a
 * fact of its own in the same write: the units reserved for it are surplus. The region of the placing and no other does so,
 * which makes it once.
 */
export interface Merged {
  /** All that is known then, `noted` included. */
  facts: OrderFacts;
  /** Whether that is more than was known before. */
  isNew: boolean;
  /** What this region has to tell the others. */
  noted: OrderFacts | undefined;
  /** What the join discards or overrides: the place that the conflict ledger is fed from. */
  lost: LostFact[];
}

export interface LostFact {
  field: 'placed' | 'paid' | 'cancelled' | 'status';
  rule: 'first-fact-holds' | 'refund-when-paid-and-cancelled' | 'charge-of-another-total';
  lost: Stamp;
  won: Stamp;
}

/** `stamp` is of this region, now: later than everything that is told. */
export function merge(known: OrderFacts, told: OrderFacts, stamp: Stamp): Merged {
  const joined = join(known, told);
  const noted = surplusOfLoser(known, told, joined, stamp) ?? surplusOfCancelled(joined, stamp);
  const facts = noted ? join(joined, noted) : joined;
  return { facts, isNew: !isUnchanged(known, facts), noted, lost: lostFacts(known, told, joined) };
}

function surplusOfLoser(known: OrderFacts, told: OrderFacts, joined: OrderFacts, stamp: Stamp): OrderFacts | undefined {
  const loser = loserOf(known.placed, told.placed);
  if (!loser || loser.region !== stamp.region) return undefined;
  const sameRequest = loser.requestHash === joined.placed?.requestHash;
  return surplusOf({ ...stamp, reservedIn: heldIn(loser), sameRequest }, joined);
}

/**
 * The placing of this region holds, and another one has cancelled the order. Whoever holds the units gives them back when it
 * hears of that; but it may have heard of it before it was asked for them, by a region that had not. Only what is told by
 * the region that asked comes after what it asked for.
 */
function surplusOfCancelled({ placed, cancelled, surplus }: OrderFacts, stamp: Stamp): OrderFacts | undefined {
  if (!placed || !cancelled || placed.region !== stamp.region || cancelled.region === stamp.region) return undefined;
  const told = { ...stamp, reservedIn: heldIn(placed), sameRequest: true };
  const name = reservationName(told);
  return surplus?.[name] ? undefined : { surplus: { [name]: told } };
}

function loserOf<T extends Stamp>(a: T | undefined, b: T | undefined): T | undefined {
  if (!a || !b || a.hlc === b.hlc) return undefined;
  return a.hlc < b.hlc ? b : a;
}

function lostFacts(known: OrderFacts, told: OrderFacts, joined: OrderFacts): LostFact[] {
  const lost: LostFact[] = [];
  const compare = <T extends Stamp>(field: LostFact['field'], a: T | undefined, b: T | undefined, says: Says<T>) => {
    const loser = loserOf(a, b);
    const won = loser === a ? b : a;
    // A retry that says the same is no conflict, wherever it was taken.
    if (loser && won && says(loser) !== says(won)) lost.push({ field, rule: 'first-fact-holds', lost: loser, won });
  };
  compare('placed', known.placed, told.placed, wordsOf);
  compare('paid', known.paid, told.paid, ({ paymentReference }) => paymentReference);
  compare('cancelled', known.cancelled, told.cancelled, ({ reason }) => reason);
  for (const charge of overriddenCharges(known, told, joined))
    lost.push({ field: 'paid', rule: 'charge-of-another-total', lost: charge, won: joined.placed as Placed });
  const { paid, cancelled } = joined;
  const wereBothKnown = known.paid !== undefined && known.cancelled !== undefined;
  if (paid && cancelled && !wereBothKnown && !sawPayment(cancelled, paid))
    lost.push({ field: 'status', rule: 'refund-when-paid-and-cancelled', lost: paid, won: cancelled });
  return lost;
}

/** Charges that are of the total of a placing which has lost. Said once: where neither side could have known it. */
function overriddenCharges(known: OrderFacts, told: OrderFacts, joined: OrderFacts): Stamp[] {
  const isOfAnotherTotal = (facts: OrderFacts, id: string) => {
    const amount = facts.charges?.[id]?.amount;
    return amount !== undefined && facts.placed !== undefined && !isSameAmount(amount, facts.placed.total);
  };
  return Object.entries(joined.charges ?? {}).flatMap(([id, charge]) =>
    isOfAnotherTotal(joined, id) && !isOfAnotherTotal(known, id) && !isOfAnotherTotal(told, id) ? [charge] : [],
  );
}

type Says<T> = (fact: T) => string;

/** What was asked for, and at which prices. */
function wordsOf({ requestHash, lines }: Placed): string {
  const priced = lines.map(({ sku, quantity, unitPrice: { amountMinor, currency } }) =>
    [sku, quantity, amountMinor, currency].join(' '),
  );
  return [requestHash, ...priced.sort()].join('\n');
}

/** Cancelling what is known to be paid is no conflict. One region's facts always know of each other. */
function sawPayment(cancelled: Stamp & { knewPaid?: string }, paid: Stamp): boolean {
  return cancelled.knewPaid === paid.hlc || cancelled.region === paid.region;
}
