import type { FetchedBatch } from '@meridian/kafka';
import { codecOf, has, isSparse } from '@meridian/record-batches';

/** Batches that go into the target as one. */
export interface PlannedWrite {
  /** `as-it-is` has a single batch; of those that are rewritten, one is made. */
  how: 'as-it-is' | 'rewritten';
  batches: readonly FetchedBatch[];
}

/**
 * A produce request takes one batch of a partition, so small ones cost a request each: together with those that follow they are
 * rewritten into one. Above this size a request more is cheaper than to touch every record.
 */
export const SMALL_BYTES = 64 * 1024;
/** A broker takes 1 MB (`message.max.bytes`), and rewritten records can be a little longer. */
export const JOINED_BYTES = 900_000;
export const JOINED_RECORDS = 10_000;

/** How to write what was fetched of a partition, in its order. */
export function planWrites(batches: readonly FetchedBatch[]): PlannedWrite[] {
  const plan: PlannedWrite[] = [];
  let open: FetchedBatch[] = [];
  const close = () => {
    const [only, ...more] = open;
    if (only) plan.push({ how: more.length > 0 || mustBeRewritten(only) ? 'rewritten' : 'as-it-is', batches: open });
    open = [];
  };
  for (const one of batches) {
    if (!canBeJoined(one)) {
      close();
      plan.push({ how: mustBeRewritten(one) ? 'rewritten' : 'as-it-is', batches: [one] });
      continue;
    }
    if (!fits(open, one)) close();
    open.push(one);
  }
  close();
  return plan;
}

/**
 * What a broker would refuse: numbers with gaps, and a time that only a broker may set. And what begins before the wanted
 * offset, where that costs little: a compressed one comes whole, and its first records perhaps twice.
 */
export function mustBeRewritten({ batch, firstOffset }: FetchedBatch): boolean {
  const beginsBefore = BigInt(firstOffset) > batch.baseOffset && codecOf(batch) === 'none';
  return isSparse(batch) || has(batch, 'appendTime') || beginsBefore;
}

function canBeJoined({ batch }: FetchedBatch): boolean {
  return codecOf(batch) === 'none' && batch.bytes.length < SMALL_BYTES;
}

function fits(open: readonly FetchedBatch[], one: FetchedBatch): boolean {
  let [bytes, records] = [one.batch.bytes.length, one.batch.recordCount];
  for (const { batch } of open) {
    bytes += batch.bytes.length;
    records += batch.recordCount;
  }
  return bytes <= JOINED_BYTES && records <= JOINED_RECORDS;
}
