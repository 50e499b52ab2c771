import { AT, ATTRIBUTE, CODECS, type Codec, viewOf } from './batch-layout.ts';

/** A batch as it lies in what was fetched: whole, its header read, its records not. */
export interface UndecodedBatch {
  /** Header and records: a view, not a copy. */
  readonly bytes: Uint8Array;
  readonly baseOffset: bigint;
  /** Of its last record, or of one that compaction has taken out since. */
  readonly lastOffset: bigint;
  readonly recordCount: number;
  readonly attributes: number;
  /** Milliseconds since 1970, to which the records' deltas are added. */
  readonly baseTimestampMs: number;
  readonly maxTimestampMs: number;
  readonly producerId: bigint;
}

export function codecOf({ attributes }: Pick<UndecodedBatch, 'attributes'>): Codec {
  return CODECS[attributes & ATTRIBUTE.compression] as Codec;
}

export const has = ({ attributes }: Pick<UndecodedBatch, 'attributes'>, bit: keyof typeof ATTRIBUTE) =>
  (attributes & ATTRIBUTE[bit]) !== 0;

/** The records as they lie there, compressed or not. */
export function recordBytesOf({ bytes }: Pick<UndecodedBatch, 'bytes'>): Uint8Array {
  return bytes.subarray(AT.records);
}

/** Whether compaction has taken records out: the numbers of those that are left have gaps. */
export function isSparse({ baseOffset, lastOffset, recordCount }: UndecodedBatch): boolean {
  return lastOffset - baseOffset + 1n !== BigInt(recordCount);
}

/** Of a batch that is to be written. */
export const recordCountOf = (bytes: Uint8Array) => viewOf(bytes).getInt32(AT.recordCount);
