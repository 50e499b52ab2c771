import { AT, type Crc32c, LENGTH_OVERHEAD, SMALLEST_RECORD, viewOf } from './batch-layout.ts';
import { NOBODY, type ProducedBy, seal, setProducedBy } from './produced-by.ts';
import { has, type UndecodedBatch } from './record-batch.ts';
import { MalformedRecord, RecordCursor, sizeOfVarint, writeVarint } from './record-cursor.ts';

/** A batch to be rewritten: its records uncompressed, those before `from` to be left out. */
export interface RewritePart {
  batch: UndecodedBatch;
  records: Uint8Array;
  /** The first offset that is wanted. */
  from: bigint;
}

/** A record's own numbers can grow by this much: its length, the delta of its time, that of its offset. */
const GROWTH_PER_RECORD = 5 + 10 + 5;

/**
 * One new, uncompressed batch of the records of several, in their order. Keys, values and headers are moved without being
 * looked at; what is written anew is what stands before them: each record's length and its deltas of offset and time.
 * Returns undefined when no record is left.
 *
 * For what cannot go as it is: batches with gaps, which a broker refuses; batches that begin before the wanted offset; and
 * those whose times were set by the broker (`appendTime`), which a producer may not send, so that their time becomes the
 * records' own. And for what should not: many small batches, as a produce request takes only one per partition.
 *
 * `room` gives the bytes to write into, whatever they hold; `by` is who writes them. Throws `MalformedRecord` for records that are not what the format
 * says.
 */
export function rewriteRecords(
  parts: readonly RewritePart[],
  crc32c: Crc32c,
  room: (bytes: number) => Uint8Array = (bytes) => new Uint8Array(bytes),
  by: ProducedBy = NOBODY,
): Uint8Array | undefined {
  const first = parts[0];
  if (!first) return undefined;
  const baseTimestampMs = timeOf(first.batch, 0);
  let most: number = AT.records;
  for (const { batch, records } of parts) {
    if (batch.recordCount * SMALLEST_RECORD > records.length) throw new MalformedRecord('more records than bytes');
    most += records.length + batch.recordCount * GROWTH_PER_RECORD;
  }
  const into = room(most);
  let at: number = AT.records;
  let count = 0;
  let maxTimestampMs = -1;
  for (const { batch, records, from } of parts) {
    const record = new RecordCursor(records);
    const fromDelta = Number(from - batch.baseOffset);
    for (let i = 0; i < batch.recordCount; i += 1) {
      const length = record.varint();
      const end = record.at + length;
      if (length < 0 || end > records.length) throw new MalformedRecord('a record leads outside of its batch');
      const attributes = records[record.at] as number;
      record.skip(1);
      const timestampMs = timeOf(batch, record.varint());
      const isWanted = record.varint() >= fromDelta;
      if (record.at > end) throw new MalformedRecord('a record is shorter than its numbers');
      if (isWanted) {
        const rest = records.subarray(record.at, end);
        const timestampDelta = timestampMs - baseTimestampMs;
        if (!Number.isSafeInteger(2 * timestampDelta)) throw new MalformedRecord('a time is out of all bounds');
        at = writeVarint(into, at, 1 + sizeOfVarint(timestampDelta) + sizeOfVarint(count) + rest.length);
        into[at] = attributes;
        at = writeVarint(into, at + 1, timestampDelta);
        at = writeVarint(into, at, count);
        into.set(rest, at);
        at += rest.length;
        count += 1;
        if (timestampMs > maxTimestampMs) maxTimestampMs = timestampMs;
      }
      record.at = end;
    }
  }
  if (count === 0) return undefined;
  return withHeader(into.subarray(0, at), { count, baseTimestampMs, maxTimestampMs, by }, crc32c);
}

/** Milliseconds; with the broker's time for the whole batch, that. */
export function timeOf(batch: UndecodedBatch, timestampDelta: number): number {
  return has(batch, 'appendTime') ? batch.maxTimestampMs : batch.baseTimestampMs + timestampDelta;
}

interface NewHeader {
  count: number;
  baseTimestampMs: number;
  maxTimestampMs: number;
  by: ProducedBy;
}

function withHeader(
  bytes: Uint8Array,
  { count, baseTimestampMs, maxTimestampMs, by }: NewHeader,
  crc32c: Crc32c,
): Uint8Array {
  const view = viewOf(bytes);
  view.setBigInt64(AT.baseOffset, 0n);
  view.setInt32(AT.length, bytes.length - LENGTH_OVERHEAD);
  view.setInt32(AT.partitionLeaderEpoch, -1);
  view.setInt8(AT.magic, 2);
  view.setInt16(AT.attributes, 0);
  view.setInt32(AT.lastOffsetDelta, count - 1);
  view.setBigInt64(AT.baseTimestamp, BigInt(baseTimestampMs));
  view.setBigInt64(AT.maxTimestamp, BigInt(maxTimestampMs));
  setProducedBy(view, by);
  view.setInt32(AT.recordCount, count);
  seal(bytes, crc32c);
  return bytes;
}
