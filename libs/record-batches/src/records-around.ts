import type { UndecodedBatch } from './record-batch.ts';
import { MalformedRecord, RecordCursor } from './record-cursor.ts';
import { timeOf } from './rewrite-records.ts';

/** A record of which only what stands around its value was read. */
export interface RecordHeaders {
  offset: bigint;
  timestampMs: number;
  /** In their order; names and values are views. */
  headers: readonly (readonly [name: Uint8Array, value: Uint8Array | null])[];
}

/**
 * The headers of the records in which these bytes lie (`positions`, ascending, counted from the first record's beginning).
 * The other records are passed over by their lengths, so whoever looks for a rare text searches the whole batch for it
 * at the speed of memory, and reads only where it stands. A text can stand in a value, too: what a header is, is read here.
 * Throws `MalformedRecord` for records that are not what the format says.
 */
export function* recordsAround(
  batch: UndecodedBatch,
  records: Uint8Array,
  positions: Iterable<number>,
): Generator<RecordHeaders> {
  const record = new RecordCursor(records);
  let read = 0;
  for (const position of positions) {
    if (position < record.at) continue;
    while (read < batch.recordCount) {
      read += 1;
      const length = record.varint();
      const from = record.at;
      record.skip(length);
      if (position >= record.at) continue;
      yield readHeaders(batch, records.subarray(from, record.at));
      break;
    }
  }
}

function readHeaders(batch: UndecodedBatch, bytes: Uint8Array): RecordHeaders {
  const record = new RecordCursor(bytes);
  record.skip(1);
  const timestampMs = timeOf(batch, record.varint());
  const offset = batch.baseOffset + BigInt(record.varint());
  record.field();
  record.field();
  const headers: [Uint8Array, Uint8Array | null][] = [];
  for (let left = record.varint(); left > 0; left -= 1) {
    const name = record.field();
    if (!name) throw new MalformedRecord('a header without a name');
    headers.push([name, record.field()]);
  }
  return { offset, timestampMs, headers };
}
