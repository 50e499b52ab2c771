import { countOf, EMPTY_PN_COUNTER, elementsOf, sameJson, type Version } from '@meridian/crdt';
import { withFirstVersionWrites } from './first-version.ts';
import type { Money, ProductState } from './product-state.ts';

/** What a product is, read off its state. */
export type Product =
  /** Nothing is known yet, or only what came after the creation: another region's event is still on its way. */
  | { known: false }
  | {
      known: true;
      name: string;
      /** What is charged. */
      price: Money;
      /** Prices that were set at the same time and of which none is settled on, `price` among them; or none. */
      priceConflict: Version<Money>[];
      tags: string[];
      views: number;
      likes: number;
    };

export function productOf(state: ProductState): Product {
  const { name } = state.fields;
  const { price, tags } = withFirstVersionWrites(state);
  if (!name || !price || !tags) return { known: false };
  return {
    known: true,
    name: name.value,
    price: lowestOf(price.values),
    priceConflict: areAllEqual(price.values) ? [] : price.values,
    tags: elementsOf(tags),
    views: countOf(state.views ?? EMPTY_PN_COUNTER),
    likes: countOf(state.likes ?? EMPTY_PN_COUNTER),
  };
}

/** Amounts of two currencies cannot be compared: it is the lowest in the currency of the latest one. */
function lowestOf(values: Version<Money>[]): Money {
  const latest = values.at(-1)?.value;
  if (!latest) throw new Error('A price that was set has at least one value.');
  const comparable = values.map(({ value }) => value).filter(({ currency }) => currency === latest.currency);
  return comparable.reduce((lowest, price) => (price.amountMinor < lowest.amountMinor ? price : lowest));
}

function areAllEqual([first, ...others]: Version<Money>[]): boolean {
  return others.every(({ value }) => sameJson(value, first?.value));
}
