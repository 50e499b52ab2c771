import { addToCounter, EMPTY_PN_COUNTER, EMPTY_SET, elementsOf, writeMultiValue, writeRegister } from '@meridian/crdt';
import { addUnits, rightsIn, type Stamp } from './escrow.ts';
import { withFirstVersionWrites } from './first-version.ts';
import { productOf } from './product.ts';
import { type Money, type ProductState } from './product-state.ts';
import { withTags } from './tags.ts';

/** The largest stock of a region, as in the contract. */
const MAX_UNITS = 1_000_000;

export type Command =
  | { type: 'CreateProduct'; name: string; price: Money; tags: string[]; stock: Record<string, number> }
  | { type: 'ChangeProduct'; name?: string; price?: Money; tags?: string[] }
  | { type: 'RemoveTag'; tag: string }
  | { type: 'Restock'; units: number }
  | { type: 'CountViews'; views: number }
  | { type: 'LikeProduct'; liked: boolean };

export type Refusal = 'UnknownProduct' | 'ProductExists' | 'TooManyUnits';
/** `delta` is what to join into the product, and to tell the other regions. */
export type Decision = { ok: true; delta: ProductState } | { ok: false; reason: Refusal };

export function decide(command: Command, state: ProductState, stamp: Stamp): Decision {
  if (command.type === 'CreateProduct') return create(command, state, stamp);
  if (!productOf(state).known) return { ok: false, reason: 'UnknownProduct' };
  switch (command.type) {
    case 'ChangeProduct':
      return change(command, state, stamp);
    case 'RemoveTag':
      return removeTag(command, state, stamp);
    case 'Restock':
      return restock(command, state, stamp);
    case 'CountViews':
      return count('views', command.views, state, stamp);
    case 'LikeProduct':
      return count('likes', command.liked ? 1 : -1, state, stamp);
    default:
      return command satisfies never;
  }
}

type Carry<Type extends Command['type']> = (
  command: Extract<Command, { type: Type }>,
  state: ProductState,
  stamp: Stamp,
) => Decision;

const create: Carry<'CreateProduct'> = ({ name, price, tags, stock }, state, stamp) => {
  if (productOf(state).known) return { ok: false, reason: 'ProductExists' };
  // What a region says of its own stock came first, wherever it is known already.
  const unsaid = Object.entries(stock).filter(([region]) => !Object.hasOwn(state.stock, region));
  const shares = unsaid.map(([region, value]) => [region, { value, hlc: stamp.hlc }]);
  return { ok: true, delta: { ...written({ name, price, tags }, state, stamp), stock: Object.fromEntries(shares) } };
};

const change: Carry<'ChangeProduct'> = ({ type: _, ...fields }, state, stamp) => {
  return { ok: true, delta: written(fields, state, stamp) };
};

/** Whatever other tags there are by then: who says this names one tag, and not all that a product shall have. */
const removeTag: Carry<'RemoveTag'> = ({ tag }, state, stamp) => {
  const { tags = EMPTY_SET } = withFirstVersionWrites(state);
  const others = elementsOf(tags).filter((other) => other !== tag);
  return { ok: true, delta: written({ tags: others }, state, stamp) };
};

const restock: Carry<'Restock'> = ({ units }, state, stamp) => {
  if (rightsIn(stamp.region, state) + units > MAX_UNITS) return { ok: false, reason: 'TooManyUnits' };
  return { ok: true, delta: addUnits(state, units, stamp) };
};

function count(what: 'views' | 'likes', n: number, state: ProductState, { region }: Stamp): Decision {
  return {
    ok: true,
    delta: { fields: {}, stock: {}, [what]: addToCounter(state[what] ?? EMPTY_PN_COUNTER, region, n) },
  };
}

/** New values of fields; price and tags also as regions of the first version read them. */
function written(
  { name, price, tags }: { name?: string; price?: Money; tags?: string[] },
  state: ProductState,
  stamp: Stamp,
): ProductState {
  const { fields } = state;
  const known = withFirstVersionWrites(state);
  return {
    fields: {
      ...(name !== undefined && { name: writeRegister(fields.name, name, stamp) }),
      ...(price !== undefined && { price: writeRegister(fields.price, price, stamp) }),
      ...(tags !== undefined && { tags: writeRegister(fields.tags, tags.toSorted(), stamp) }),
    },
    stock: {},
    ...(price !== undefined && { price: writeMultiValue(known.price, price, stamp) }),
    ...(tags !== undefined && { tags: withTags(known.tags ?? EMPTY_SET, tags, stamp) }),
  };
}
