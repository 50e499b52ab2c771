import { compareHlc } from '@meridian/hlc';
import {
  heldIn,
  isSameAmount,
  type Money,
  type OrderFacts,
  type Paid,
  type Placed,
  paymentOf,
  type Stamp,
  type Surplus,
} from './order.ts';

/** What happened to an order, in the order of the clock, in words. */
export interface HistoryEntry extends Stamp {
  what: 'placed' | 'surplus' | 'charged' | 'paid' | 'cancelled' | 'refunded';
  text: string;
}

export function historyOf(facts: OrderFacts): HistoryEntry[] {
  const { placed, cancelled, surplus = {}, charges = {}, refunds = {} } = facts;
  const entries = [
    ...(placed ? [entry(placed, 'placed', placedText(placed))] : []),
    ...Object.values(surplus).map((fact) =>
      entry(
        fact,
        'surplus',
        `${whySurplus(fact, placed)}: what was reserved in ${fact.reservedIn} for that goes back to stock`,
      ),
    ),
    ...Object.entries(charges).map(([id, fact]) =>
      entry(
        fact,
        'charged',
        `${money(fact.amount)} charged by reference ${fact.reference} (charge ${id}); ${whatBecameOf(id, facts)}`,
      ),
    ),
    ...paymentsOf(facts).map((payment) => entry(payment, 'paid', `paid by reference ${payment.paymentReference}`)),
    ...(cancelled ? [entry(cancelled, 'cancelled', `cancelled: ${cancelled.reason}`)] : []),
    ...Object.entries(refunds).map(([id, fact]) =>
      entry(fact, 'refunded', `${money(fact.amount)} refunded, charge ${id}`),
    ),
  ];
  // A stable sort: facts of one write share a reading and stay as they stand above.
  return entries.sort((a, b) => compareHlc(a.hlc, b.hlc));
}

function entry({ hlc, at, region }: Stamp, what: HistoryEntry['what'], text: string): HistoryEntry {
  return { hlc, at, region, what, text };
}

function placedText(placed: NonNullable<OrderFacts['placed']>): string {
  const lines = placed.lines.map(({ quantity, sku }) => `${quantity} × ${sku}`).join(', ');
  return `placed: ${lines}, ${money(placed.total)}, reserved in ${heldIn(placed)}`;
}

/** The first that was told, and the one that counts when that is another one: the order was paid again. */
function paymentsOf({ paid, ...facts }: OrderFacts): Paid[] {
  const counting = facts.cancelled ? undefined : paymentOf({ paid, ...facts });
  return [...(paid ? [paid] : []), ...(counting && counting.chargeId !== paid?.chargeId ? [counting] : [])];
}

function whySurplus({ region, sameRequest }: Surplus, placed: Placed | undefined): string {
  if (placed?.region === region) return `${region} has heard that the order which it took is cancelled`;
  const other = sameRequest ? '' : ', for another request with the same key, which does not hold';
  return `${region} took it as well, and later${other}`;
}

function whatBecameOf(id: string, facts: OrderFacts): string {
  const { placed, cancelled, charges, voided, refunds } = facts;
  // What would count if the order were not cancelled: its refunds are of the cancellation.
  const counted = paymentOf({ ...facts, ...(cancelled && { refunds: {} }) });
  if (counted?.chargeId === id) return cancelled ? 'it counted until the cancellation' : 'it counts';
  const amount = charges?.[id]?.amount;
  const isOfAnotherTotal =
    voided?.[id]?.reason === 'another-total' || (placed && amount && !isSameAmount(amount, placed.total));
  const why = isOfAnotherTotal ? 'it is not of the total that holds, so it does not count' : 'it does not count';
  return `${why} and ${refunds?.[id] ? 'was refunded' : 'is due for a refund'}`;
}

/** Plain and the same in every locale. */
function money({ amountMinor, currency }: Money): string {
  return `${(amountMinor / 100).toFixed(2)} ${currency}`;
}
