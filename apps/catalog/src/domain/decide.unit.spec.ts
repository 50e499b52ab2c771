import { describe, expect, it } from 'vitest';
import { type Command, type Decision, decide } from './decide.ts';
import { join, NOTHING, type ProductState } from './product.ts';

const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' as const });
const earlier = '000000000000001-0000-eu-west';
const now = { hlc: '000000000000002-0000-eu-west', region: 'eu-west' };

const tea: ProductState = {
  fields: {
    name: { value: 'Tea', hlc: earlier },
    price: { value: eur(450), hlc: earlier },
    tags: { value: ['hot'], hlc: earlier },
  },
  stock: { 'eu-west': { value: 5, hlc: earlier }, 'us-east': { value: 7, hlc: earlier } },
};
const createTea: Command = { type: 'CreateProduct', name: 'Tea', price: eur(450), tags: [], stock: { 'us-east': 10 } };

const given = (state: ProductState) => ({
  when: (command: Command) => ({
    // biome-ignore lint/suspicious/noThenProperty: given / when / then; nothing awaits it
    then: (decision: Decision) => expect(decide(command, state, now)).toEqual(decision),
  }),
});
const written = (delta: ProductState): Decision => ({ ok: true, delta });
const refused = (reason: Extract<Decision, { ok: false }>['reason']): Decision => ({ ok: false, reason });
const at = <T>(value: T) => ({ value, hlc: now.hlc });

describe('creating a product', () => {
  const fields = { name: at('Tea'), price: at(eur(450)), tags: at([]) };

  it('sets every field and the stock of each region', () =>
    given(NOTHING)
      .when(createTea)
      .then(written({ fields, stock: { 'us-east': at(10) } })));
  it('refuses a SKU that is known', () => given(tea).when(createTea).then(refused('ProductExists')));
  it('does not overrule what a region already said of its own stock', () =>
    given({ fields: {}, stock: { 'us-east': { value: 7, hlc: earlier } } })
      .when(createTea)
      .then(written({ fields, stock: {} })));
});

describe('changing a product', () => {
  it('touches the given fields only', () =>
    given(tea)
      .when({ type: 'ChangeProduct', price: eur(500) })
      .then(written({ fields: { price: at(eur(500)) }, stock: {} })));
  it('refuses a product that is not known', () =>
    given(NOTHING).when({ type: 'ChangeProduct', name: 'Tea' }).then(refused('UnknownProduct')));
});

describe('restocking', () => {
  it('adds to the units of this region and touches no other', () =>
    given(tea)
      .when({ type: 'Restock', units: 3 })
      .then(written({ fields: {}, stock: { 'eu-west': at(8) } })));
  it('begins at nothing where this region held none', () => {
    const decision = decide({ type: 'Restock', units: 3 }, tea, { ...now, region: 'ap-southeast' });
    expect(decision.ok && join(tea, decision.delta).stock['ap-southeast']?.value).toBe(3);
  });
  it('refuses more than a region may hold', () =>
    given(tea).when({ type: 'Restock', units: 1_000_000 }).then(refused('TooManyUnits')));
});
