import { has, type UndecodedBatch } from './record-batch.ts';

/** A transaction that was aborted, as a fetch answer with the isolation level "read committed" names it. */
export interface AbortedTransaction {
  producerId: bigint;
  /** Of its first record in this partition. */
  firstOffset: bigint;
}

/**
 * The batches that a reader of committed records sees: without control batches, which mean nothing in another log; without
 * those of aborted transactions, which a broker sends all the same and the reader has to leave out; and without empty
 * ones, which compaction leaves behind.
 *
 * An aborted transaction reaches from its first record to the next control batch of its producer, which has one open
 * transaction at a time: so neither has that batch to be read, nor can one of another transaction come between.
 */
export function copiedBatches(
  batches: readonly UndecodedBatch[],
  aborted: readonly AbortedTransaction[],
): readonly UndecodedBatch[] {
  if (aborted.length === 0) return batches.filter((batch) => batch.recordCount > 0 && !has(batch, 'control'));
  const ahead = [...aborted].sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1));
  const open = new Set<bigint>();
  return batches.filter((batch) => {
    while (ahead[0] && ahead[0].firstOffset <= batch.lastOffset)
      open.add((ahead.shift() as AbortedTransaction).producerId);
    if (has(batch, 'control')) {
      open.delete(batch.producerId);
      return false;
    }
    return batch.recordCount > 0 && !(has(batch, 'transactional') && open.has(batch.producerId));
  });
}
