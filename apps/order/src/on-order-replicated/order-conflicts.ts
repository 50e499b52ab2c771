import { type ConflictRow, conflictRow, sideOf } from '@meridian/conflicts';
import type { LostFact } from '../domain/merge.ts';
import type { Stamp } from '../domain/order.ts';

/** What a join discards or overrides, as entries of the ledger: of each fact what it says, and when, where and in which trace. */
export function orderConflicts(aggregateId: string, lost: readonly LostFact[]): ConflictRow[] {
  return lost.map(({ field, rule, lost: loser, won }) =>
    conflictRow({ aggregate: 'order', aggregateId, field, rule, lost: side(loser), won: side(won) }),
  );
}

function side({ hlc, at: _at, region: _region, trace, ...value }: Stamp) {
  return sideOf({ value, hlc, trace });
}
