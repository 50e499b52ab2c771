import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsOf, isUnchanged, join, type OrderFacts, orderOf, refundsDue } from './order.ts';
import { cancelled, charge, facts, paid, placed, refund, regions } from './order-facts.fixture.ts';

describe('the join of what two regions know of an order', () => {
  const law = (holds: (a: OrderFacts, b: OrderFacts, c: OrderFacts) => void) =>
    fc.assert(fc.property(facts, facts, facts, holds), { numRuns: 2_000 });

  it('is commutative', () => law((a, b) => void expect(join(a, b)).toEqual(join(b, a))));
  it('is associative', () => law((a, b, c) => void expect(join(join(a, b), c)).toEqual(join(a, join(b, c)))));
  it('is idempotent', () => law((a) => void expect(join(a, a)).toEqual(a)));
  it('is inflationary: joining again what went in changes nothing', () =>
    law((a, b) => {
      const joined = join(a, b);
      expect([join(joined, a), join(joined, b)]).toEqual([joined, joined]);
    }));
  it('loses no fact, neither a single one nor one of a map', () =>
    law((a, b) => {
      const joined = join(a, b);
      for (const known of [a, b])
        for (const [name, of] of Object.entries(known)) {
          const there = joined[name as keyof OrderFacts];
          expect(there).toBeDefined();
          if (!('hlc' in of)) expect(Object.keys(there ?? {})).toEqual(expect.arrayContaining(Object.keys(of)));
        }
    }));
  it('has the same JSON wherever the same is known', () =>
    law((a, b) => void expect(sortedJson(join(a, b))).toBe(sortedJson(join(join(b, a), a)))));
  it('is called unchanged exactly when it says nothing new', () =>
    law((a, b) => {
      const joined = join(a, b);
      expect(isUnchanged(a, joined)).toBe(sortedJson(a) === sortedJson(joined));
    }));
  it('joins a fact of a later version like any other', () =>
    fc.assert(
      fc.property(cancelled, cancelled, facts, (one, other, known) => {
        const told = (returned: object) => ({ returned }) as OrderFacts;
        const joined = join(join(known, told(one)), told(other));
        expect(joined).toEqual(join(told(other), join(told(one), known)));
        expect(joined).toMatchObject(told(one.hlc <= other.hlc ? one : other));
        expect(isUnchanged(known, joined)).toBe(false);
      }),
    ));
  it('takes all that two tellings of one fact say: an older version has left out what it did not know', () =>
    fc.assert(
      fc.property(placed, (full) => {
        const { reservedIn, ...older } = { ...full, reservedIn: 'us-east' };
        const both = { placed: { ...older, reservedIn } };
        expect(join({ placed: older }, both)).toEqual(both);
        expect(join(both, { placed: older })).toEqual(both);
        expect([isUnchanged({ placed: older }, both), isUnchanged(both, both)]).toEqual([false, true]);
      }),
    ));
});

describe('the status', () => {
  it('is unknown until the placing is known', () =>
    fc.assert(fc.property(facts, ({ placed: _, ...rest }) => void expect(orderOf(rest).status).toBe('unknown'))));
  it('is refund-due when paid in one region and cancelled in another, whoever was first', () =>
    fc.assert(
      fc.property(placed, paid, cancelled, (placedFact, paidFact, cancelledFact) => {
        const here: OrderFacts = { placed: placedFact, paid: paidFact };
        const there: OrderFacts = { placed: placedFact, cancelled: cancelledFact };
        expect(orderOf(join(here, there)).status).toBe('refund-due');
      }),
    ));
  it('of a cancelled order is refunded once every charge was given back, and not before', () =>
    fc.assert(
      fc.property(placed, cancelled, charge, charge, refund, (placedFact, cancelledFact, one, other, back) => {
        const known = { placed: placedFact, cancelled: cancelledFact, charges: { one, other } };
        expect(orderOf(known).status).toBe('refund-due');
        expect(orderOf({ ...known, refunds: { one: back } }).status).toBe('refund-due');
        expect(orderOf({ ...known, refunds: { one: back, other: back } }).status).toBe('refunded');
      }),
    ));
  it('stays refund-due for a payment of a version that made no charge: no region can give it back', () =>
    fc.assert(
      fc.property(placed, paid, cancelled, charge, (placedFact, { chargeId: _, ...old }, cancelledFact, one) => {
        const known = { placed: placedFact, paid: old, cancelled: cancelledFact, charges: { one } };
        expect(orderOf({ ...known, refunds: { one } }).status).toBe('refund-due');
      }),
    ));
});

describe('a charge is due for a refund', () => {
  const due = (known: OrderFacts) => regions.flatMap((region) => refundsDue(known, region).map(([id]) => id));

  it('in the region that made it, and in no other', () =>
    fc.assert(
      fc.property(placed, cancelled, charge, (placedFact, cancelledFact, one) => {
        const known = { placed: placedFact, cancelled: cancelledFact, charges: { one } };
        for (const region of regions)
          expect(refundsDue(known, region).length, region).toBe(region === one.region ? 1 : 0);
      }),
    ));
  it('when another one counts, and not when it does', () =>
    fc.assert(
      fc.property(placed, paid, charge, charge, (placedFact, paidFact, one, other) => {
        const known = { placed: placedFact, paid: { ...paidFact, chargeId: 'one' }, charges: { one, other } };
        expect(due(known)).toEqual(['other']);
      }),
    ));
  it('until it was given back, and never before', () =>
    fc.assert(
      fc.property(facts, facts, (a, b) => {
        // What is due stays due or was given back, whatever else comes to be known.
        const joined = join(a, b);
        const settled = [...due(joined), ...Object.keys(joined.refunds ?? {})];
        for (const id of due(a)) expect(settled).toContain(id);
      }),
      { numRuns: 5_000 },
    ));
});

it('names every fact', () =>
  fc.assert(
    fc.property(facts, (known) => {
      const single = [known.placed, known.paid, known.cancelled].filter((fact) => fact !== undefined).length;
      const grown = [known.surplus, known.charges, known.refunds].map((map) => Object.keys(map ?? {}).length);
      expect(factsOf(known).length).toBe(grown.reduce((sum, n) => sum + n, single));
    }),
  ));

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, part) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
