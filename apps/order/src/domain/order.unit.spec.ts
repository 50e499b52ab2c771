import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsOf, isUnchanged, join, type OrderFacts, orderOf, paymentOf, refundsDue } from './order.ts';
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

describe('the payment that counts', () => {
  const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' as const });
  const first = { ...at(1), ...{ customerId: 'c', lines: [], total: eur(900), requestHash: 'h' } };
  const dear = { ...at(2), amount: eur(950), reference: 'p-1' };
  const right = { ...at(3), amount: eur(900), reference: 'p-2' };
  const counting = (facts: OrderFacts) => paymentOf({ placed: first, ...facts })?.chargeId;

  it('is the earliest charge of the total of the placing that holds', () => {
    expect(counting({ charges: { dear, right, late: { ...right, ...at(4) } } })).toBe('right');
    expect(counting({ charges: { dear } })).toBeUndefined();
  });
  it('is none that was voided or given back, whatever the total is', () => {
    expect(counting({ charges: { right }, voided: { right: { ...at(4), reason: 'another-total' } } })).toBeUndefined();
    expect(counting({ charges: { right }, refunds: { right: { ...at(4), amount: eur(900) } } })).toBeUndefined();
  });
  it('is of no other currency', () => {
    expect(
      counting({ charges: { right: { ...right, amount: { ...right.amount, currency: 'USD' } } } }),
    ).toBeUndefined();
  });
  it('is what was told of a version that made no charges', () =>
    expect(paymentOf({ placed: first, paid: { ...at(3), paymentReference: 'p' } })?.paymentReference).toBe('p'));
  it('makes the order due again when an earlier placing at another price comes, and paid when it is paid again', () => {
    const paidDear = { placed: { ...first, ...at(2), total: eur(950) }, charges: { dear } };
    expect(orderOf(paidDear).status).toBe('paid');
    const joined = join(paidDear, { placed: first });
    expect([orderOf(joined).status, refundsDue(joined, 'eu-west').map(([id]) => id)]).toEqual(['placed', ['dear']]);
    expect(orderOf(join(joined, { charges: { right } })).status).toBe('paid');
  });
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
        const [first, second] = one.hlc <= other.hlc ? [one, other] : [other, one];
        const known = { placed: placedFact, paid: { ...paidFact, chargeId: 'first' }, charges: { first, second } };
        expect(due(known)).toEqual(['second']);
      }),
    ));
  it('once it is voided, until it was given back: what else comes to be known changes nothing', () =>
    fc.assert(
      fc.property(facts, facts, (a, b) => {
        const voided = Object.fromEntries(due(a).map((id) => [id, { ...at(9), reason: 'another-total' }]));
        const joined = join({ ...a, voided }, b);
        const settled = [...due(joined), ...Object.keys(joined.refunds ?? {})];
        for (const id of due(a)) expect(settled).toContain(id);
      }),
      { numRuns: 5_000 },
    ));
  it('not before the total of the order is known', () =>
    expect(
      due({ charges: { one: { ...at(1), amount: { amountMinor: 1, currency: 'EUR' }, reference: 'p' } } }),
    ).toEqual([]));
});

const at = (wallMs: number) => ({
  hlc: `${String(wallMs).padStart(15, '0')}-0000-eu-west`,
  ...{ at: new Date(wallMs).toISOString(), region: 'eu-west' },
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
