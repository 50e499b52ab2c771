import type { FetchedBatch } from '@meridian/kafka';
import { isSparse } from '@meridian/record-batches';

/** Of a partition: how many records, from the offset `from` on, need not be written. */
export interface AlreadyThere {
  records: number;
  from: bigint;
}

export interface LeftOut {
  /** What is to be written. */
  rest: readonly FetchedBatch[];
  /** The batches before that of which nothing is to be written. */
  skipped: readonly FetchedBatch[];
  there: AlreadyThere;
}

/**
 * Leaves out what is in the copy already. Counting records is right only as long as there is one for every offset: where the
 * log has a gap, compaction may have taken records out since they were copied, and as many others would be left out, which
 * is a loss. There the counting ends, and what is behind it is written, perhaps once more.
 */
export function leaveOut(batches: readonly FetchedBatch[], there: AlreadyThere): LeftOut {
  let { records, from } = there;
  for (const [i, one] of batches.entries()) {
    const held = Number(BigInt(one.offset) - BigInt(one.firstOffset)) + 1;
    // More than is there: the copy's batches are made of whole ones, so it was not counted from here.
    const isThere = held <= records && BigInt(one.firstOffset) === from && !isSparse(one.batch);
    if (!isThere) return { rest: batches.slice(i), skipped: batches.slice(0, i), there: { records: 0, from } };
    records -= held;
    from = BigInt(one.offset) + 1n;
  }
  return { rest: [], skipped: batches, there: { records, from } };
}
