import { heldIn, isUnchanged, join, type OrderFacts, type Placed, type Stamp } from './order.ts';

/**
 * Joining what another region tells, and what follows from it for this one. A join alone settles which placing holds; it
 * does not give back what the other one took. So the region whose own placing has lost adds a fact of its own in the same
 * write: the units reserved for it are surplus. The region of the placing and no other does so, which makes it once.
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
  rule: 'first-fact-holds' | 'refund-when-paid-and-cancelled';
  lost: Stamp;
  won: Stamp;
}

/** `stamp` is of this region, now: later than everything that is told. */
export function merge(known: OrderFacts, told: OrderFacts, stamp: Stamp): Merged {
  const joined = join(known, told);
  const noted = surplusOf(known, told, joined, stamp);
  const facts = noted ? join(joined, noted) : joined;
  return { facts, isNew: !isUnchanged(known, facts), noted, lost: lostFacts(known, told, joined) };
}

function surplusOf(known: OrderFacts, told: OrderFacts, joined: OrderFacts, stamp: Stamp): OrderFacts | undefined {
  const loser = loserOf(known.placed, told.placed);
  if (!loser || !joined.placed || loser.region !== stamp.region) return undefined;
  const reservedIn = heldIn(loser);
  // A catalog reserves once per order, so two placings that one catalog reserved for share one reservation.
  if (reservedIn === heldIn(joined.placed) || joined.surplus?.[reservedIn]) return undefined;
  const sameRequest = loser.requestHash === joined.placed.requestHash;
  return { surplus: { [reservedIn]: { ...stamp, reservedIn, sameRequest } } };
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
  const { paid, cancelled } = joined;
  const wereBothKnown = known.paid !== undefined && known.cancelled !== undefined;
  if (paid && cancelled && !wereBothKnown && !sawPayment(cancelled, paid))
    lost.push({ field: 'status', rule: 'refund-when-paid-and-cancelled', lost: paid, won: cancelled });
  return lost;
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
