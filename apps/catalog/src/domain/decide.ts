import type { Hlc } from '@meridian/hlc';
import { type Money, type ProductState, productOf, unitsIn } from './product.ts';

/** The largest stock of a region, as in the contract. */
const MAX_UNITS = 1_000_000;

export interface Stamp {
  hlc: Hlc;
  region: string;
}

export type Command =
  | { type: 'CreateProduct'; name: string; price: Money; tags: string[]; stock: Record<string, number> }
  | { type: 'ChangeProduct'; name?: string; price?: Money; tags?: string[] }
  | { type: 'Restock'; units: number };

export type Refusal = 'UnknownProduct' | 'ProductExists' | 'TooManyUnits';
/** `delta` is what to join into the product, and to tell the other regions. */
export type Decision = { ok: true; delta: ProductState } | { ok: false; reason: Refusal };

export function decide(command: Command, state: ProductState, stamp: Stamp): Decision {
  switch (command.type) {
    case 'CreateProduct':
      return create(command, state, stamp);
    case 'ChangeProduct':
      return change(command, state, stamp);
    case 'Restock':
      return restock(command, state, stamp);
    default:
      return command satisfies never;
  }
}

type Carry<Type extends Command['type']> = (
  command: Extract<Command, { type: Type }>,
  state: ProductState,
  stamp: Stamp,
) => Decision;

const create: Carry<'CreateProduct'> = ({ name, price, tags, stock }, state, { hlc }) => {
  if (productOf(state).known) return { ok: false, reason: 'ProductExists' };
  const fields = { name: { value: name, hlc }, price: { value: price, hlc }, tags: { value: tags, hlc } };
  // What a region says of its own stock came first, wherever it is known already.
  const unsaid = Object.entries(stock).filter(([region]) => !state.stock[region]);
  const registers = unsaid.map(([region, value]) => [region, { value, hlc }]);
  return { ok: true, delta: { fields, stock: Object.fromEntries(registers) } };
};

const change: Carry<'ChangeProduct'> = ({ name, price, tags }, state, { hlc }) => {
  if (!productOf(state).known) return { ok: false, reason: 'UnknownProduct' };
  const fields = {
    ...(name !== undefined && { name: { value: name, hlc } }),
    ...(price !== undefined && { price: { value: price, hlc } }),
    ...(tags !== undefined && { tags: { value: tags, hlc } }),
  };
  return { ok: true, delta: { fields, stock: {} } };
};

const restock: Carry<'Restock'> = ({ units }, state, stamp) => {
  if (!productOf(state).known) return { ok: false, reason: 'UnknownProduct' };
  const held = unitsIn(stamp.region, state) + units;
  if (held > MAX_UNITS) return { ok: false, reason: 'TooManyUnits' };
  return { ok: true, delta: stockDelta(stamp, held) };
};

export function stockDelta({ hlc, region }: Stamp, units: number): ProductState {
  return { fields: {}, stock: { [region]: { value: units, hlc } } };
}
