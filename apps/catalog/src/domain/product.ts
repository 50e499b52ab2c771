import { joinRegisters, type Register, sameJson } from '@meridian/crdt';
import { type Hlc, latestHlcOf, parseHlc } from '@meridian/hlc';

/**
 * A product is a last-writer-wins register per field, so that a new price in one region and a new name in another both
 * stay. Its stock is a register per region: a region sells only what it holds, and so its own word on its stock holds
 * against any other's. Others have one only as long as it has not spoken: they may create a product with units for it.
 * Sharing units between regions needs more than a register (escrow).
 */

export interface Money {
  amountMinor: number;
  currency: 'EUR' | 'USD' | 'SGD';
}

export type ProductFields = { name?: Register<string>; price?: Register<Money>; tags?: Register<string[]> };
/** Units by region. */
export type Stock = Record<string, Register<number>>;

/** What is stored and exchanged: a whole product, or the part of it that a write touched. */
export interface ProductState {
  fields: ProductFields;
  stock: Stock;
}

export type Product =
  /** Nothing is known yet, or only what came after the creation: another region's event is still on its way. */
  { known: false } | { known: true; name: string; price: Money; tags: string[]; unitsByRegion: Record<string, number> };

export const NOTHING: ProductState = { fields: {}, stock: {} };

export function productOf({ fields: { name, price, tags }, stock }: ProductState): Product {
  if (!name || !price || !tags) return { known: false };
  const unitsByRegion = Object.fromEntries(Object.entries(stock).map(([region, { value }]) => [region, value]));
  return { known: true, name: name.value, price: price.value, tags: tags.value, unitsByRegion };
}

export function unitsIn(region: string, state: ProductState): number {
  return state.stock[region]?.value ?? 0;
}

export function join(a: ProductState, b: ProductState): ProductState {
  return {
    fields: joinRegisters<ProductFields>(a.fields, b.fields),
    stock: joinRegisters<Stock>(withoutOverruled(a.stock, b.stock), withoutOverruled(b.stock, a.stock)),
  };
}

/**
 * Without what falls to a region's own word in `other`. By the clock alone, a region that creates the same product at the
 * same time would set this one's stock anew, and units that were sold here could be sold again.
 */
function withoutOverruled(said: Stock, other: Stock): Stock {
  const isOwn = (region: string, register?: Register<number>) =>
    register !== undefined && parseHlc(register.hlc).region === region;
  const held = Object.entries(said).filter(
    ([region, register]) => isOwn(region, register) || !isOwn(region, other[region]),
  );
  return Object.fromEntries(held);
}

/** Whether `known` already says all that `joined`, a join of it, says. */
export function isUnchanged(known: ProductState, joined: ProductState): boolean {
  return sameJson(known, joined);
}

/** The greatest clock reading in a state. Throws for one that holds nothing, as such a one is never written. */
export function latestHlc({ fields, stock }: ProductState): Hlc {
  const latest = latestHlcOf([...Object.values(fields), ...Object.values(stock)].map((register) => register.hlc));
  if (latest === undefined) throw new Error('A product of which nothing is known is never written.');
  return latest;
}
