import { crc32c } from '@node-rs/crc32';
import { AT, ATTRIBUTE, LENGTH_OVERHEAD, viewOf } from './batch-layout.ts';
import { writeVarint } from './record-cursor.ts';

export interface TestRecord {
  timestampMs?: number;
  key?: string | null;
  value?: string | null;
  headers?: [string, string | null][];
  /** Default: its place among the records. */
  offsetDelta?: number;
}

export interface TestBatch {
  baseOffset?: bigint;
  leaderEpoch?: number;
  attributes?: number;
  lastOffsetDelta?: number;
  baseTimestampMs?: number;
  maxTimestampMs?: number;
  producerId?: bigint;
  producerEpoch?: number;
  baseSequence?: number;
  records?: TestRecord[];
  /** In place of the records' encoding: what was compressed, or nonsense. */
  recordBytes?: Uint8Array;
  recordCount?: number;
}

/** A batch as a broker would store it, written here in the plainest way, beside the code that it tests. */
export function batchOf(told: TestBatch = {}): Uint8Array {
  const records = told.records ?? [];
  const baseTimestampMs = told.baseTimestampMs ?? records[0]?.timestampMs ?? 0;
  const body = told.recordBytes ?? recordsOf(records, baseTimestampMs);
  const bytes = new Uint8Array(AT.records + body.length);
  const view = viewOf(bytes);
  view.setBigInt64(AT.baseOffset, told.baseOffset ?? 0n);
  view.setInt32(AT.length, bytes.length - LENGTH_OVERHEAD);
  view.setInt32(AT.partitionLeaderEpoch, told.leaderEpoch ?? 7);
  view.setInt8(AT.magic, 2);
  view.setInt16(AT.attributes, told.attributes ?? 0);
  view.setInt32(AT.lastOffsetDelta, told.lastOffsetDelta ?? Math.max(0, records.length - 1));
  view.setBigInt64(AT.baseTimestamp, BigInt(baseTimestampMs));
  const latest = Math.max(...records.map(({ timestampMs }) => timestampMs ?? baseTimestampMs), baseTimestampMs);
  view.setBigInt64(AT.maxTimestamp, BigInt(told.maxTimestampMs ?? latest));
  view.setBigInt64(AT.producerId, told.producerId ?? -1n);
  view.setInt16(AT.producerEpoch, told.producerEpoch ?? -1);
  view.setInt32(AT.baseSequence, told.baseSequence ?? -1);
  view.setInt32(AT.recordCount, told.recordCount ?? records.length);
  bytes.set(body, AT.records);
  return sealed(bytes);
}

/** With the checksum that belongs to it. */
export function sealed(bytes: Uint8Array): Uint8Array {
  viewOf(bytes).setUint32(AT.checksum, crc32c(bytes.subarray(AT.attributes)));
  return bytes;
}

export function recordsOf(records: readonly TestRecord[], baseTimestampMs: number): Uint8Array {
  return Buffer.concat(
    records.map(({ timestampMs = baseTimestampMs, key = null, value = null, headers = [], offsetDelta }, i) => {
      const pairs = headers.flatMap(([name, held]) => [field(name), field(held)]);
      const body = Buffer.concat([
        Buffer.of(0),
        varint(timestampMs - baseTimestampMs),
        varint(offsetDelta ?? i),
        ...[field(key), field(value), varint(headers.length), ...pairs],
      ]);
      return Buffer.concat([varint(body.length), body]);
    }),
  );
}

/** What ends a transaction. */
export function controlBatch(kind: 'abort' | 'commit', baseOffset: bigint, producerId: bigint): Uint8Array {
  const key = Buffer.of(0, 0, 0, kind === 'abort' ? 0 : 1);
  const record = Buffer.concat([Buffer.of(0), varint(0), varint(0), varint(4), key, varint(-1), varint(0)]);
  return batchOf({
    ...{ baseOffset, producerId, producerEpoch: 0, attributes: ATTRIBUTE.control | ATTRIBUTE.transactional },
    ...{ recordBytes: Buffer.concat([varint(record.length), record]), recordCount: 1 },
  });
}

export function varint(value: number): Buffer {
  const into = Buffer.alloc(10);
  return into.subarray(0, writeVarint(into, 0, value));
}

function field(held: string | null): Buffer {
  if (held === null) return varint(-1);
  const bytes = Buffer.from(held);
  return Buffer.concat([varint(bytes.length), bytes]);
}
