import {
  type BoundedCounter,
  joinCounters,
  joinMultiValue,
  joinPnCounters,
  joinRegisters,
  joinSets,
  type MultiValue,
  type OrSet,
  type PnCounter,
  type Register,
  sameJson,
} from '@meridian/crdt';
import { type Hlc, latestHlcOf, parseHlc } from '@meridian/hlc';

/**
 * A product, each part in the type that its meaning asks for, so that what two regions do at the same time is settled
 * alike in both, without a call between them:
 *
 * - name: a last-writer-wins register;
 * - price: a multi-value register. Two prices set at once both stay until somebody who sees them sets one; the lower is
 *   charged meanwhile, as a shop that shows two prices must sell at the lower one;
 * - tags: an observed-remove set, in which the addition wins;
 * - views, likes: counters;
 * - stock: a bounded counter of the rights to sell (`rights`) on top of what each region began with (`stock`): escrow.ts.
 */

export interface Money {
  amountMinor: number;
  currency: 'EUR' | 'USD' | 'SGD';
}

/** `price` and `tags` here are the latest write of each as regions of the first version know it: first-version.ts. */
export type ProductFields = { name?: Register<string>; price?: Register<Money>; tags?: Register<string[]> };
/** Units by region. */
export type OpeningStock = Record<string, Register<number>>;

/** What is stored and exchanged: a whole product, or the part of it that a write touched. */
export interface ProductState {
  fields: ProductFields;
  stock: OpeningStock;
  price?: MultiValue<Money>;
  tags?: OrSet;
  views?: PnCounter;
  likes?: PnCounter;
  rights?: BoundedCounter;
}

export const NOTHING: ProductState = { fields: {}, stock: {} };

export function join(a: ProductState, b: ProductState): ProductState {
  return {
    fields: joinRegisters<ProductFields>(a.fields, b.fields),
    stock: joinRegisters<OpeningStock>(withoutOverruled(a.stock, b.stock), withoutOverruled(b.stock, a.stock)),
    ...part('price', joinMultiValue(a.price, b.price)),
    ...part('tags', joinBoth(a.tags, b.tags, joinSets)),
    ...part('views', joinBoth(a.views, b.views, joinPnCounters)),
    ...part('likes', joinBoth(a.likes, b.likes, joinPnCounters)),
    ...part('rights', joinBoth(a.rights, b.rights, joinCounters)),
  };
}

/** A part that nobody has written stays absent, so that equal knowledge has one form, the digest's too. */
function part<Name extends string, T>(name: Name, value: T | undefined): { [name in Name]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { [name in Name]?: T };
}

function joinBoth<T>(a: T | undefined, b: T | undefined, join: (a: T, b: T) => T): T | undefined {
  return a === undefined || b === undefined ? (a ?? b) : join(a, b);
}

/**
 * Without what falls to a region's own word in `other`. By the clock alone, a region that creates the same product at the
 * same time would set this one's stock anew, and units that were sold here could be sold again.
 */
function withoutOverruled(said: OpeningStock, other: OpeningStock): OpeningStock {
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

/** The greatest clock reading in a state; undefined when it holds none, as one of counters alone. */
export function latestHlc({ fields, stock, price, tags }: ProductState): Hlc | undefined {
  const registers = [...Object.values(fields), ...Object.values(stock)].map(({ hlc }) => hlc);
  const sets = Object.values(tags?.elements ?? {}).flatMap(({ seen }) => Object.values(seen));
  return latestHlcOf([
    ...registers,
    ...Object.values(price?.seen ?? {}),
    ...sets,
    ...Object.values(tags?.collected ?? {}),
  ]);
}
