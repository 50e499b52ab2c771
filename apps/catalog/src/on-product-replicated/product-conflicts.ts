import { type ConflictRow, conflictRow, sideOf } from '@meridian/conflicts';
import { discardedBy } from '../domain/discarded.ts';
import type { ProductState } from '../domain/product-state.ts';

/** What a join discards, as entries of the ledger. */
export function productConflicts(aggregateId: string, known: ProductState, told: ProductState): ConflictRow[] {
  return discardedBy(known, told).map(({ field, rule, lost, won }) =>
    conflictRow({ aggregate: 'product', aggregateId, field, rule, lost: sideOf(lost), won: sideOf(won) }),
  );
}
