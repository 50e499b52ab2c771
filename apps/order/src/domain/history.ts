import { compareHlc } from '@meridian/hlc';
import { heldIn, type Money, type OrderFacts, type Stamp } from './order.ts';

/** What happened to an order, in the order of the clock, in words. */
export interface HistoryEntry extends Stamp {
  what: 'placed' | 'surplus' | 'charged' | 'paid' | 'cancelled' | 'refunded';
  text: string;
}

export function historyOf(facts: OrderFacts): HistoryEntry[] {
  const { placed, paid, cancelled, surplus = {}, charges = {}, refunds = {} } = facts;
  const entries = [
    ...(placed ? [entry(placed, 'placed', placedText(placed))] : []),
    ...Object.values(surplus).map((fact) =>
      entry(
        fact,
        'surplus',
        `${fact.region} took it as well, and later${fact.sameRequest ? '' : ', for another request with the same key, which does not hold'}: ` +
          `what was reserved in ${fact.reservedIn} for that goes back to stock`,
      ),
    ),
    ...Object.entries(charges).map(([id, fact]) =>
      entry(
        fact,
        'charged',
        `${money(fact.amount)} charged by reference ${fact.reference} (charge ${id}); ${whatBecameOf(id, facts)}`,
      ),
    ),
    ...(paid ? [entry(paid, 'paid', `paid by reference ${paid.paymentReference}`)] : []),
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

function whatBecameOf(id: string, { paid, cancelled, refunds }: OrderFacts): string {
  if (paid?.chargeId === id) return cancelled ? 'it counted until the cancellation' : 'it counts';
  return refunds?.[id] ? 'it does not count and was refunded' : 'it does not count and is due for a refund';
}

/** Plain and the same in every locale. */
function money({ amountMinor, currency }: Money): string {
  return `${(amountMinor / 100).toFixed(2)} ${currency}`;
}
