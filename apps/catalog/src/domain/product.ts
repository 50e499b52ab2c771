import { joinRegisters, type Register } from '@meridian/crdt';
import type { Hlc } from '@meridian/hlc';

/**
 * A product is a last-writer-wins register per field, so that a new price in one region and a new name in another both
 * stay. Its stock is a register per region: a region sells only what it holds, and so is the only one to write its
 * register after the product was created. Sharing units between regions needs more than a register (escrow).
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
    stock: joinRegisters<Stock>(a.stock, b.stock),
  };
}

/** Whether `known` already says all that `joined`, a join of it, says. */
export function isUnchanged(known: ProductState, joined: ProductState): boolean {
  const same = <T>(a: Record<string, Register<T> | undefined>, b: Record<string, Register<T> | undefined>) =>
    Object.entries(b).every(([name, register]) => a[name]?.hlc === register?.hlc);
  return same<unknown>(known.fields, joined.fields) && same(known.stock, joined.stock);
}

/** The greatest clock reading in a state. Throws for one that holds nothing, as such a one is never written. */
export function latestHlc({ fields, stock }: ProductState): Hlc {
  const latest = [...Object.values(fields), ...Object.values(stock)]
    .map((register) => register.hlc)
    .sort()
    .at(-1);
  if (latest === undefined) throw new Error('A product of which nothing is known is never written.');
  return latest;
}
