import { formatHlc } from '@meridian/hlc';
import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import { discardedBy, settledBy } from './discarded.ts';
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

  it('is the removal of a tag that another region added anew, whichever was later and whoever joins', () => {
    const removed = changed(product, { tags: [] }, 4, 'eu-west');
    const without = changed(product, { tags: [] }, 2, 'us-east');
    const readded = changed(join(product, without), { tags: ['tea', 'new'] }, 3, 'us-east');
    const entry = [['tags.tea', 'removed', 'added']];
    expect(told(discardedBy(join(product, removed), readded))).toEqual(entry);
    expect(told(discardedBy(join(product, readded), removed))).toEqual(entry);
    expect(discardedBy(join(product, removed), readded)).toMatchObject([
      { rule: 'add-wins', lost: { hlc: stamp(4, 'eu-west').hlc }, won: { hlc: stamp(3, 'us-east').hlc } },
    ]);
  });

  it('is nothing when a tag is removed that its author had seen, and nothing when two regions remove it', () => {
    const removed = changed(product, { tags: [] }, 2, 'eu-west');
    expect(discardedBy(product, removed)).toEqual([]);
    expect(discardedBy(join(product, removed), changed(product, { tags: [] }, 3, 'us-east'))).toEqual([]);
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

describe('a write leaves nothing to decide', () => {
  const after = (state: ProductState, change: object) => {
    const delta = changed(state, change, 9, 'eu-west');
    return settledBy(delta, state, join(state, delta));
  };
  it('of the price that it sets, and of tags that it removes', () => {
    expect(after(product, { price: eur(5), tags: ['new'] })).toEqual(['price', 'tags.tea']);
  });
  it('of tags that it leaves as they are or adds, or of names, for nobody is asked about these', () => {
    expect(after(product, { name: 'Green', tags: ['new', 'tea'] })).toEqual([]);
    expect(after(product, { name: 'Green' })).toEqual([]);
  });
});
