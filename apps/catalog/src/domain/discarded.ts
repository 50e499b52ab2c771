import { newlyConcurrent, overriddenRegisters, type Version } from '@meridian/crdt';
import { withFirstVersionWrites } from './first-version.ts';
import type { Money, ProductState } from './product-state.ts';

/** A write that a join does not let show, although its author's successor had not seen it. */
export interface Discarded {
  field: 'name' | 'price';
  rule: 'last-writer-wins' | 'multi-value';
  lost: Version<unknown>;
  won: Version<unknown>;
}

/**
 * What joining `told` into `known` discards: to be asked before joining. A name loses to the later one. Prices are kept
 * side by side until somebody settles them, and of two the higher one is not charged meanwhile.
 *
 * Limit: of tags nothing is told. Each addition is kept, and that it overrode a removal cannot be seen, since removals
 * are forgotten with the write that makes them.
 */
export function discardedBy(known: ProductState, told: ProductState): Discarded[] {
  const names = overriddenRegisters({ name: known.fields.name }, { name: told.fields.name });
  const [price, toldPrice] = [withFirstVersionWrites(known).price, told.price];
  const prices = price && toldPrice ? newlyConcurrent(price, toldPrice) : [];
  return [
    ...names.map(({ lost, won }): Discarded => ({ field: 'name', rule: 'last-writer-wins', lost, won })),
    ...prices.map(({ earlier, later }): Discarded => {
      const [won, lost] = isCharged(earlier.value, later.value) ? [earlier, later] : [later, earlier];
      return { field: 'price', rule: 'multi-value', lost, won };
    }),
  ];
}

/** Of two prices the lower one; of two currencies the later price's. */
function isCharged(earlier: Money, later: Money): boolean {
  return earlier.currency === later.currency && earlier.amountMinor < later.amountMinor;
}
