import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUnchanged, join, type ProductState, productOf } from './product.ts';

/** A clock reading names one write, so the value follows from it. */
const hlc = fc
  .record({ wallMs: fc.integer({ min: 1, max: 9 }), region: fc.constantFrom('ap-southeast', 'eu-west', 'us-east') })
  .map(({ wallMs, region }) => `${String(wallMs).padStart(15, '0')}-0000-${region}`);
const state: fc.Arbitrary<ProductState> = fc.record({
  fields: fc.record(
    {
      name: hlc.map((h) => ({ value: `name of ${h}`, hlc: h })),
      price: hlc.map((h) => ({ value: { amountMinor: h.charCodeAt(14), currency: 'EUR' as const }, hlc: h })),
      tags: hlc.map((h) => ({ value: [h.slice(-4)], hlc: h })),
    },
    { requiredKeys: [] },
  ),
  stock: fc.dictionary(
    fc.constantFrom('ap-southeast', 'eu-west', 'us-east'),
    hlc.map((h) => ({ value: h.charCodeAt(14), hlc: h })),
  ),
});

describe('the join of what two regions know of a product', () => {
  it('is commutative', () =>
    fc.assert(fc.property(state, state, (a, b) => void expect(join(a, b)).toEqual(join(b, a)))));
  it('is associative', () =>
    fc.assert(
      fc.property(state, state, state, (a, b, c) => void expect(join(join(a, b), c)).toEqual(join(a, join(b, c)))),
    ));
  it('is idempotent', () => fc.assert(fc.property(state, (a) => void expect(join(a, a)).toEqual(a))));
  it('never goes back to an earlier reading of a field', () =>
    fc.assert(
      fc.property(state, state, (a, b) => {
        const { fields } = join(a, b);
        for (const [name, { hlc }] of Object.entries(a.fields))
          expect((fields[name as keyof typeof fields]?.hlc ?? '') >= hlc).toBe(true);
      }),
    ));
  it('keeps what a region says of its own stock against whatever another says of it, however late', () =>
    fc.assert(
      fc.property(state, state, (a, b) => {
        const { stock } = join(a, b);
        for (const [region, { hlc }] of Object.entries(a.stock).filter(([r, s]) => s.hlc.endsWith(r))) {
          expect(stock[region]?.hlc.endsWith(region)).toBe(true);
          expect((stock[region]?.hlc ?? '') >= hlc).toBe(true);
        }
      }),
    ));
  it('so units sold do not come back when another region had created the same product at the same time', () => {
    const created = (region: string, wallMs: number) => `00000000000000${wallMs}-0000-${region}`;
    const soldFive = { fields: {}, stock: { 'eu-west': { value: 15, hlc: created('eu-west', 2) } } };
    const elsewhere = { fields: {}, stock: { 'eu-west': { value: 20, hlc: created('us-east', 3) } } };
    expect(join(soldFive, elsewhere)).toEqual(soldFive);
    expect(join(elsewhere, soldFive)).toEqual(soldFive);
  });
  it('is called unchanged exactly when it says nothing new', () =>
    fc.assert(
      fc.property(state, state, (a, b) => {
        const joined = join(a, b);
        let same = true;
        try {
          expect(joined).toEqual(a);
        } catch {
          same = false;
        }
        expect(isUnchanged(a, joined)).toBe(same);
      }),
    ));
  it('keeps a price of one region and a name of another', () => {
    const early = '000000000000001-0000-eu-west';
    const late = '000000000000002-0000-us-east';
    const whole = {
      name: { value: 'Tea', hlc: early },
      price: { value: eur(1), hlc: early },
      tags: { value: [], hlc: early },
    };
    const here = { fields: { ...whole, name: { value: 'Green tea', hlc: late } }, stock: {} };
    const there = { fields: { ...whole, price: { value: eur(2), hlc: late } }, stock: {} };
    expect(productOf(join(here, there))).toMatchObject({ name: 'Green tea', price: eur(2) });
  });
});

describe('a product', () => {
  it('is not known before its creation is, whatever came first', () =>
    expect(productOf({ fields: {}, stock: { 'eu-west': { value: 3, hlc: '000000000000001-0000-eu-west' } } })).toEqual({
      known: false,
    }));
});

function eur(amountMinor: number) {
  return { amountMinor, currency: 'EUR' as const };
}
