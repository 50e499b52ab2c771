import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUnchanged, join, type OrderFacts, orderOf } from './order.ts';

const regions = ['ap-southeast', 'eu-west', 'us-east'];

/** A clock reading names one write, so what is written under it follows from it. */
const stamp = fc
  .record({ wallMs: fc.integer({ min: 1, max: 5 }), region: fc.constantFrom(...regions) })
  .map(({ wallMs, region }) => ({
    hlc: `${String(wallMs).padStart(15, '0')}-0000-${region}`,
    at: new Date(wallMs).toISOString(),
    region,
  }));
const total = { amountMinor: 1, currency: 'EUR' as const };
const placed = stamp.map((s) => ({ ...s, customerId: 'c', lines: [], total, requestHash: `hash of ${s.hlc}` }));
const paid = stamp.map((s) => ({ ...s, paymentReference: `payment of ${s.hlc}` }));
const cancelled = stamp.map((s) => ({ ...s, reason: `reason of ${s.hlc}` }));
const facts: fc.Arbitrary<OrderFacts> = fc.record({ placed, paid, cancelled }, { requiredKeys: [] });

describe('the join of what two regions know of an order', () => {
  it('is commutative', () =>
    fc.assert(fc.property(facts, facts, (a, b) => void expect(join(a, b)).toEqual(join(b, a)))));
  it('is associative', () =>
    fc.assert(
      fc.property(facts, facts, facts, (a, b, c) => void expect(join(join(a, b), c)).toEqual(join(a, join(b, c)))),
    ));
  it('is idempotent', () => fc.assert(fc.property(facts, (a) => void expect(join(a, a)).toEqual(a))));
  it('loses no fact', () =>
    fc.assert(
      fc.property(facts, facts, (a, b) => {
        const known = Object.keys(join(a, b));
        for (const name of [...Object.keys(a), ...Object.keys(b)]) expect(known).toContain(name);
      }),
    ));
  it('is called unchanged exactly when it says nothing new', () =>
    fc.assert(
      fc.property(facts, facts, (a, b) => {
        const joined = join(a, b);
        expect(isUnchanged(a, joined)).toBe(JSON.stringify(sorted(a)) === JSON.stringify(sorted(joined)));
      }),
    ));
});

describe('the status', () => {
  it('is refund-due when paid in one region and cancelled in another, whoever was first', () =>
    fc.assert(
      fc.property(placed, paid, cancelled, (placedFact, paidFact, cancelledFact) => {
        const here: OrderFacts = { placed: placedFact, paid: paidFact };
        const there: OrderFacts = { placed: placedFact, cancelled: cancelledFact };
        expect(orderOf(join(here, there)).status).toBe('refund-due');
      }),
    ));
  it('is unknown until the placing is known', () =>
    fc.assert(fc.property(paid, (fact) => void expect(orderOf({ paid: fact }).status).toBe('unknown'))));
});

function sorted(known: OrderFacts): [string, unknown][] {
  return Object.entries(known).sort(([a], [b]) => a.localeCompare(b));
}
