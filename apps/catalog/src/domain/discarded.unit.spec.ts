import { formatHlc } from '@meridian/hlc';
import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import { discardedBy } from './discarded.ts';
import { join, NOTHING, type ProductState } from './product-state.ts';

const stamp = (wallMs: number, region: string) => ({ hlc: formatHlc({ wallMs, counter: 0, region }), region });
const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' as const });
const changed = (state: ProductState, change: object, wallMs: number, region: string) => {
  const decision = decide({ type: 'ChangeProduct', ...change }, state, stamp(wallMs, region));
  return decision.ok ? decision.delta : expect.fail(decision.reason);
};
const created = decide(
  { type: 'CreateProduct', name: 'Tea', price: eur(100), tags: ['tea'], stock: {} },
  NOTHING,
  stamp(1, 'us-east'),
);
const product = created.ok ? created.delta : expect.fail(created.reason);
const told = (found: ReturnType<typeof discardedBy>) =>
  found.map(({ field, lost, won }) => [field, lost.value, won.value]);

describe('what a join of two products discards', () => {
  it('is the earlier of two names that were given at the same time', () => {
    const here = join(product, changed(product, { name: 'Green' }, 2, 'eu-west'));
    const there = changed(product, { name: 'Black' }, 3, 'us-east');
    expect(told(discardedBy(here, there))).toEqual([['name', 'Green', 'Black']]);
  });

  it.each([
    [90, 80, [['price', eur(90), eur(80)]]],
    [80, 90, [['price', eur(90), eur(80)]]],
    [80, 80, []],
  ])('is the higher of two prices, whichever was set later: %d here, %d there', (here, there, expected) => {
    const state = join(product, changed(product, { price: eur(here) }, 2, 'eu-west'));
    expect(told(discardedBy(state, changed(product, { price: eur(there) }, 3, 'us-east')))).toEqual(expected);
  });

  it('is nothing when the author of the one had seen the other', () => {
    const first = join(product, changed(product, { name: 'Green', price: eur(90) }, 2, 'eu-west'));
    expect(discardedBy(first, changed(first, { name: 'Black', price: eur(80) }, 3, 'us-east'))).toEqual([]);
    expect(discardedBy(NOTHING, product)).toEqual([]);
  });

  it('is nothing when it comes a second time', () => {
    const here = join(product, changed(product, { name: 'Green', price: eur(90) }, 2, 'eu-west'));
    const there = changed(product, { name: 'Black', price: eur(80) }, 3, 'us-east');
    expect(discardedBy(here, there)).toHaveLength(2);
    expect(discardedBy(join(here, there), there)).toEqual([]);
  });
});
