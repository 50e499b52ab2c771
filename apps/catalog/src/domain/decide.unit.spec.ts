import { describe, expect, it } from 'vitest';
import { type Command, type Decision, decide } from './decide.ts';
import { rightsIn } from './escrow.ts';
import { join, NOTHING, type ProductState } from './product-state.ts';
import { at, createTea, deltaOf, eur, teaWith, v1 } from './products.fixture.ts';

const tea = teaWith({ 'eu-west': 5, 'us-east': 7 });
const now = at(2);

const given = (state: ProductState) => ({
  when: (command: Command) => ({
    // biome-ignore lint/suspicious/noThenProperty: given / when / then; nothing awaits it
    then: (decision: Decision) => expect(decide(command, state, now)).toEqual(decision),
  }),
});
const refused = (reason: Extract<Decision, { ok: false }>['reason']): Decision => ({ ok: false, reason });

describe('creating a product', () => {
  it('sets every field, and the share of each region', () => {
    const delta = deltaOf(NOTHING, createTea({ 'us-east': 10 }), now);
    expect(Object.keys(delta).sort()).toEqual(['fields', 'price', 'stock', 'tags']);
    expect(delta.stock).toEqual({ 'us-east': { value: 10, hlc: now.hlc } });
  });
  it('refuses a SKU that is known', () => given(tea).when(createTea()).then(refused('ProductExists')));
  it('does not overrule what a region already said of its own stock', () =>
    expect(
      deltaOf({ fields: {}, stock: { 'us-east': v1(7, 1, 'us-east') } }, createTea({ 'us-east': 10 }), now).stock,
    ).toEqual({}));
});

describe('changing a product', () => {
  it('touches the given fields only', () => {
    const delta = deltaOf(tea, { type: 'ChangeProduct', price: eur(500) }, now);
    expect([Object.keys(delta).sort(), Object.keys(delta.fields)]).toEqual([['fields', 'price', 'stock'], ['price']]);
  });
  it('notes the trace that it was made in', () => {
    const trace = 'a'.repeat(32);
    const decision = decide({ type: 'ChangeProduct', name: 'x', price: eur(5) }, tea, { ...now, trace });
    expect(decision).toMatchObject({ delta: { fields: { name: { trace } }, price: { values: [{ trace }] } } });
  });
  it('refuses a product that is not known', () =>
    given(NOTHING).when({ type: 'ChangeProduct', name: 'Tea' }).then(refused('UnknownProduct')));
});

describe('restocking', () => {
  it('adds to the rights of this region and touches no other', () => {
    const delta = deltaOf(tea, { type: 'Restock', units: 3 }, now);
    expect(delta.rights).toEqual({ granted: { 'eu-west': 3 }, moved: {}, spent: {}, refunded: {} });
    expect(rightsIn('eu-west', join(tea, delta))).toBe(8);
  });
  it('refuses more than a region may hold', () =>
    given(tea).when({ type: 'Restock', units: 1_000_000 }).then(refused('TooManyUnits')));
  it('refuses a product that is not known', () =>
    given(NOTHING).when({ type: 'Restock', units: 3 }).then(refused('UnknownProduct')));
});

describe('counting', () => {
  it('touches the count of this region alone', () =>
    given(tea)
      .when({ type: 'CountViews', views: 3 })
      .then({ ok: true, delta: { fields: {}, stock: {}, views: { up: { 'eu-west': 3 }, down: {} } } }));
  it('counts a like that is taken back apart, so that no other region can undo it', () =>
    expect(deltaOf(tea, { type: 'LikeProduct', liked: false }, now).likes).toEqual({ up: {}, down: { 'eu-west': 1 } }));
});
