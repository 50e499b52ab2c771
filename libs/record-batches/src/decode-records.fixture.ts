import { recordBytesOf, type UndecodedBatch } from './record-batch.ts';
import { RecordCursor } from './record-cursor.ts';
import { timeOf } from './rewrite-records.ts';

export interface DecodedRecord {
  offset: bigint;
  timestampMs: number;
  key: string | null;
  value: string | null;
  headers: [string, string | null][];
}

const textOf = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString());

/** All of an uncompressed batch, for tests to compare. */
export function decodeRecords(batch: UndecodedBatch): DecodedRecord[] {
  const record = new RecordCursor(recordBytesOf(batch));
  return Array.from({ length: batch.recordCount }, () => {
    const length = record.varint();
    const end = record.at + length;
    record.skip(1);
    const timestampMs = timeOf(batch, record.varint());
    const offset = batch.baseOffset + BigInt(record.varint());
    const [key, value] = [textOf(record.field()), textOf(record.field())];
    const headers = Array.from({ length: record.varint() }, (): [string, string | null] => {
      const name = String(textOf(record.field()));
      return [name, textOf(record.field())];
    });
    if (record.at !== end) throw new Error('a record has another length than it says');
    return { offset, timestampMs, key, value, headers };
  });
}
