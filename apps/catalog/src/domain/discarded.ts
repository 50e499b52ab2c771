import { EMPTY_SET, newlyConcurrent, overriddenRegisters, overriddenRemovals, type Version } from '@meridian/crdt';
import { withFirstVersionWrites } from './first-version.ts';
import { productOf } from './product.ts';
import type { Money, ProductState } from './product-state.ts';

/** A write that a join does not let show, although its author's successor had not seen it. */
export interface Discarded {
  /** Of a tag, its own: one write can add and remove several. */
  field: 'name' | 'price' | TagField;
  rule: 'last-writer-wins' | 'multi-value' | 'add-wins';
  lost: Version<unknown>;
  won: Version<unknown>;
}

type TagField = `tags.${string}`;
const tagField = (tag: string): TagField => `tags.${tag}`;
/** Undefined when it is the field of something else. */
export function tagOfField(field: string): string | undefined {
  return field.startsWith('tags.') ? field.slice('tags.'.length) : undefined;
}

/**
 * What joining `told` into `known` discards: to be asked before joining. A name loses to the later one. Prices are kept
 * side by side until somebody settles them, and of two the higher one is not charged meanwhile. A removal of a tag loses to
 * an addition whose author had not seen it.
 *
 * Limits: of tags that a region of the first version wrote nothing is told before somebody has written on top of them, as
 * it does not say what it had seen. Neither of units that two creations of one product give to the same region, of which
 * one holds: a share does not say what its author had seen. To say it would lengthen the row that each reservation writes.
 */
export function discardedBy(known: ProductState, told: ProductState): Discarded[] {
  const names = overriddenRegisters({ name: known.fields.name }, { name: told.fields.name });
  const [price, toldPrice] = [withFirstVersionWrites(known).price, told.price];
  const prices = price && toldPrice ? newlyConcurrent(price, toldPrice) : [];
  const removals = overriddenRemovals(known.tags ?? EMPTY_SET, told.tags ?? EMPTY_SET);
  return [
    ...names.map(({ lost, won }): Discarded => ({ field: 'name', rule: 'last-writer-wins', lost, won })),
    ...prices.map(({ earlier, later }): Discarded => {
      const [won, lost] = isCharged(earlier.value, later.value) ? [earlier, later] : [later, earlier];
      return { field: 'price', rule: 'multi-value', lost, won };
    }),
    ...removals.map(({ element, lost, won }): Discarded => {
      const sides = { lost: { ...lost, value: 'removed' }, won: { ...won, value: 'added' } };
      return { field: tagField(element), rule: 'add-wins', ...sides };
    }),
  ];
}

/**
 * The fields of which a write leaves nothing to decide, after which the product is `after`: it has seen all prices and sets
 * one, or removes a tag, which is all that a removal that lost can ask for.
 */
export function settledBy(delta: ProductState, before: ProductState, after: ProductState): Discarded['field'][] {
  const [had, has] = [tagsOf(before), tagsOf(after)];
  const removed = delta.tags ? had.filter((tag) => !has.includes(tag)) : [];
  return [...(delta.price ? ['price' as const] : []), ...removed.map(tagField)];
}

function tagsOf(state: ProductState): string[] {
  const product = productOf(state);
  return product.known ? product.tags : [];
}

/** Of two prices the lower one; of two currencies the later price's. */
function isCharged(earlier: Money, later: Money): boolean {
  return earlier.currency === later.currency && earlier.amountMinor < later.amountMinor;
}
