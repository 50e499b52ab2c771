import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { productOf } from './product.ts';
import { isUnchanged, join, NOTHING, type ProductState } from './product-state.ts';
import { after, at, createTea, deltaOf, eur, history, play, teaWith, v1 } from './products.fixture.ts';

/** Any states that regions can come to. */
const states = history.map((steps) => play(steps).regions);
const three = states.map((regions) => Object.values(regions) as [ProductState, ProductState, ProductState]);

describe('the join of what regions know of a product', () => {
  it('is commutative', () => fc.assert(fc.property(three, ([a, b]) => void expect(join(a, b)).toEqual(join(b, a)))));
  it('is associative', () =>
    fc.assert(fc.property(three, ([a, b, c]) => void expect(join(join(a, b), c)).toEqual(join(a, join(b, c))))));
  it('is idempotent', () => fc.assert(fc.property(three, ([a]) => void expect(join(a, a)).toEqual(a))));
  it('gives the same for all deltas, in any order and repetition, as for all states', () =>
    fc.assert(
      fc.property(
        history.chain((steps) => {
          const { regions, deltas } = play(steps);
          const received = fc.shuffledSubarray([...deltas, ...deltas], { minLength: deltas.length * 2 });
          return fc.record({ regions: fc.constant(regions), received });
        }),
        ({ regions, received }) => {
          expect(received.reduce(join, NOTHING)).toEqual(
            Object.values(regions).reduce(join, received.reduce(join, NOTHING)),
          );
        },
      ),
    ));
  it('is called unchanged exactly when it says nothing new', () =>
    fc.assert(
      fc.property(three, ([a, b]) => {
        const joined = join(a, b);
        expect(isUnchanged(a, joined)).toBe(JSON.stringify(sorted(a)) === JSON.stringify(sorted(joined)));
      }),
    ));
  it('keeps what a region says of its own share against whatever another says of it, however late', () =>
    fc.assert(
      fc.property(three, ([a, b]) => {
        const { stock } = join(a, b);
        for (const [region, { hlc }] of Object.entries(a.stock).filter(([r, s]) => s.hlc.endsWith(r))) {
          expect(stock[region]?.hlc.endsWith(region)).toBe(true);
          expect((stock[region]?.hlc ?? '') >= hlc).toBe(true);
        }
      }),
    ));
});

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort()
      .map(([key, v]) => [key, sorted(v)]),
  );
}

const tea = teaWith({});
const changed = (state: ProductState, fields: object, wallMs: number, region: string) =>
  after(state, { type: 'ChangeProduct', ...fields }, at(wallMs, region));
const known = (state: ProductState) => {
  const product = productOf(state);
  if (!product.known) throw new Error('It is not known.');
  return product;
};

describe('a product', () => {
  it('is not known before its creation is, whatever came first', () =>
    expect(productOf({ fields: {}, stock: { 'eu-west': v1(3, 1, 'eu-west') } })).toEqual({ known: false }));
  it('keeps a price of one region and a name of another', () => {
    const joined = join(
      changed(tea, { name: 'Green tea' }, 2, 'us-east'),
      changed(tea, { price: eur(2) }, 3, 'eu-west'),
    );
    expect(known(joined)).toMatchObject({ name: 'Green tea', price: eur(2) });
  });
});

describe('two prices that were set at the same time', () => {
  const both = join(changed(tea, { price: eur(500) }, 3, 'eu-west'), changed(tea, { price: eur(400) }, 2, 'us-east'));

  it('are both listed, and the lower one is charged', () =>
    expect(known(both)).toMatchObject({
      price: eur(400),
      priceConflict: [
        { value: eur(400), hlc: at(2, 'us-east').hlc },
        { value: eur(500), hlc: at(3).hlc },
      ],
    }));
  it('are settled by a price of somebody who has seen both', () =>
    expect(known(changed(both, { price: eur(450) }, 4, 'ap-southeast'))).toMatchObject({
      price: eur(450),
      priceConflict: [],
    }));
  it('are not settled by one of somebody who has seen neither', () => {
    const third = changed(tea, { price: eur(450) }, 4, 'ap-southeast');
    expect(known(join(both, third)).priceConflict).toHaveLength(3);
  });
  it('are no conflict when they are equal', () => {
    const same = join(changed(tea, { price: eur(5) }, 3, 'eu-west'), changed(tea, { price: eur(5) }, 2, 'us-east'));
    expect(known(same)).toMatchObject({ price: eur(5), priceConflict: [] });
  });
  it('in two currencies are not compared: it is the lowest in the currency of the latest', () => {
    const dollars = changed(tea, { price: { amountMinor: 1, currency: 'USD' } }, 2, 'us-east');
    expect(known(join(dollars, changed(tea, { price: eur(500) }, 3, 'eu-west'))).price).toEqual(eur(500));
  });
});

describe('tags that are changed at the same time', () => {
  it('all stay when they were added', () => {
    const [here, there] = [
      changed(tea, { tags: ['hot', 'green'] }, 2, 'eu-west'),
      changed(tea, { tags: ['hot', 'loose'] }, 3, 'us-east'),
    ];
    expect(known(join(here, there)).tags).toEqual(['green', 'hot', 'loose']);
  });
  it('stay when one region removes what another adds anew', () => {
    const without = changed(tea, { tags: [] }, 2, 'eu-west');
    const readded = changed(changed(tea, { tags: [] }, 2, 'us-east'), { tags: ['hot'] }, 3, 'us-east');
    expect(known(join(without, readded)).tags).toEqual(['hot']);
  });
  it('go when the one that removes had seen them', () => {
    const added = changed(tea, { tags: ['hot', 'green'] }, 2, 'us-east');
    const joined = [changed(added, { tags: ['green'] }, 3, 'eu-west'), added, tea].reduce(join);
    expect(known(joined).tags).toEqual(['green']);
  });
});

it('likes and views of all regions add up', () => {
  const liked = (region: string, like: boolean) => after(tea, { type: 'LikeProduct', liked: like }, at(2, region));
  const viewed = after(tea, { type: 'CountViews', views: 40 }, at(3, 'us-east'));
  const joined = [liked('eu-west', true), liked('us-east', true), liked('ap-southeast', false), viewed].reduce(join);
  expect(known(joined)).toMatchObject({ likes: 1, views: 40 });
});

describe('what a region of the first version writes', () => {
  /** As it was created there: registers and nothing else. */
  const old: ProductState = {
    fields: { name: v1('Tea', 1, 'us-east'), price: v1(eur(450), 1, 'us-east'), tags: v1(['hot'], 1, 'us-east') },
    stock: { 'us-east': v1(7, 1, 'us-east'), 'eu-west': v1(5, 1, 'us-east') },
  };
  const wrote = (fields: ProductState['fields']): ProductState => ({ fields, stock: {} });

  it('is read as it was meant', () =>
    expect(known(old)).toMatchObject({ name: 'Tea', price: eur(450), priceConflict: [], tags: ['hot'] }));
  it('replaces what is earlier, as there the later write holds', () => {
    const here = changed(
      changed(old, { price: eur(400), tags: ['green'] }, 2, 'eu-west'),
      { name: 'Tea 2' },
      2,
      'eu-west',
    );
    const later = wrote({ price: v1(eur(600), 3, 'us-east'), tags: v1(['loose'], 3, 'us-east') });
    expect(known(join(here, later))).toMatchObject({ price: eur(600), priceConflict: [], tags: ['loose'] });
    expect(join(later, here)).toEqual(join(here, later));
  });
  it('does not replace what is later', () => {
    const here = changed(old, { price: eur(400), tags: ['green'] }, 3, 'eu-west');
    const earlier = wrote({ price: v1(eur(600), 2, 'us-east'), tags: v1(['loose'], 2, 'us-east') });
    expect(known(join(here, earlier))).toMatchObject({ price: eur(400), tags: ['green'] });
  });
  it('is replaced by what is written on top of it', () => {
    const joined = join(tea, wrote({ price: v1(eur(600), 3, 'us-east'), tags: v1(['loose', 'hot'], 3, 'us-east') }));
    const here = changed(joined, { price: eur(400), tags: ['hot', 'green'] }, 4, 'eu-west');
    expect(known([here, joined, tea].reduce(join))).toMatchObject({
      price: eur(400),
      priceConflict: [],
      tags: ['green', 'hot'],
    });
  });
  it('is what it will read of this version: the latest write of each field, and the shares', () => {
    const { fields, stock } = deltaOf(NOTHING, createTea({ 'us-east': 7 }), at(2));
    const plain = (register?: { value: unknown; hlc: string }) => [register?.value, register?.hlc];
    expect(plain(fields.name)).toEqual(['Tea', at(2).hlc]);
    expect(plain(fields.price)).toEqual([eur(450), at(2).hlc]);
    expect(plain(fields.tags)).toEqual([['hot'], at(2).hlc]);
    expect(stock).toEqual({ 'us-east': { value: 7, hlc: at(2).hlc } });
  });
});
