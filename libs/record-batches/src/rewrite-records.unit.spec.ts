import { crc32c } from '@node-rs/crc32';
import { expect, it } from 'vitest';
import { batchOf, type TestBatch, type TestRecord } from './batch.fixture.ts';
import { ATTRIBUTE } from './batch-layout.ts';
import { decodeRecords } from './decode-records.fixture.ts';
import { readBatches } from './read-batches.ts';
import { isSparse, recordBytesOf, type UndecodedBatch } from './record-batch.ts';
import { MalformedRecord } from './record-cursor.ts';
import { rewriteRecords } from './rewrite-records.ts';

function one(bytes: Uint8Array): UndecodedBatch {
  const read = readBatches(bytes, crc32c);
  if (!read.ok || !read.batches[0]) throw new Error('not one batch');
  return read.batches[0];
}
const part = (told: TestBatch, from = 0n) => {
  const batch = one(batchOf(told));
  return { batch, records: recordBytesOf(batch), from };
};
const rewritten = (...parts: ReturnType<typeof part>[]) => one(rewriteRecords(parts, crc32c) as Uint8Array);
const contents = (batch: UndecodedBatch) => decodeRecords(batch).map(({ value, timestampMs }) => [value, timestampMs]);

it('several batches become one, in order, each record with its own time, key, value and headers', () => {
  const first: TestRecord[] = [
    {
      key: 'a',
      value: '1',
      timestampMs: 5_000,
      headers: [
        ['h', '1'],
        ['h', null],
      ],
    },
    { key: null, value: null, timestampMs: 4_000 },
  ];
  const second: TestRecord[] = [{ key: 'b', value: 'x'.repeat(300), timestampMs: 1_700_000_000_000 }];
  const joined = rewritten(part({ baseOffset: 40n, records: first }), part({ baseOffset: 90n, records: second }));
  expect(joined).toMatchObject({ baseOffset: 0n, lastOffset: 2n, recordCount: 3, attributes: 0, producerId: -1n });
  expect(joined).toMatchObject({ baseTimestampMs: 5_000, maxTimestampMs: 1_700_000_000_000 });
  expect(decodeRecords(joined)).toEqual([
    {
      offset: 0n,
      timestampMs: 5_000,
      key: 'a',
      value: '1',
      headers: [
        ['h', '1'],
        ['h', null],
      ],
    },
    { offset: 1n, timestampMs: 4_000, key: null, value: null, headers: [] },
    { offset: 2n, timestampMs: 1_700_000_000_000, key: 'b', value: 'x'.repeat(300), headers: [] },
  ]);
});

it('gaps that compaction has left are closed, as a broker takes none', () => {
  const records = [
    { value: 'a', offsetDelta: 1 },
    { value: 'b', offsetDelta: 7 },
  ];
  const closed = rewritten(part({ records, lastOffsetDelta: 9 }));
  expect(isSparse(closed)).toBe(false);
  expect(decodeRecords(closed).map(({ offset }) => offset)).toEqual([0n, 1n]);
});

it('what lies before the wanted offset is left out', () => {
  const records = ['a', 'b', 'c'].map((value) => ({ value }));
  expect(contents(rewritten(part({ baseOffset: 100n, records }, 101n)))).toEqual([
    ['b', 0],
    ['c', 0],
  ]);
  expect(rewriteRecords([part({ baseOffset: 100n, records }, 103n)], crc32c)).toBeUndefined();
  expect(rewriteRecords([], crc32c)).toBeUndefined();
});

it('the time that a broker set for a whole batch becomes that of each record', () => {
  const records = [
    { value: 'a', timestampMs: 1 },
    { value: 'b', timestampMs: 2 },
  ];
  const told = { records, attributes: ATTRIBUTE.appendTime, maxTimestampMs: 9_000 };
  const kept = rewritten(part(told));
  expect(kept.attributes).toBe(0);
  expect(contents(kept)).toEqual([
    ['a', 9_000],
    ['b', 9_000],
  ]);
});

it('a time before 1970, and one that is not set, are kept', () => {
  const records = [
    { value: 'a', timestampMs: -1 },
    { value: 'b', timestampMs: -1 },
  ];
  const kept = rewritten(part({ records }), part({ records: [{ value: 'c', timestampMs: -86_400_000 }] }));
  expect(contents(kept)).toEqual([
    ['a', -1],
    ['b', -1],
    ['c', -86_400_000],
  ]);
});

it.each([
  ['a length that leads outside', { recordBytes: Buffer.from([0x7e, 0, 0, 0, 1, 1, 0]) }],
  ['a negative length', { recordBytes: Buffer.from([0x01, 0, 0, 0, 1, 1, 0]) }],
  ['a record shorter than its numbers', { recordBytes: Buffer.from([0x02, 0, 0, 0, 1, 1, 0]) }],
  ['a time that is not exact', { recordBytes: Buffer.from([0x1a, 0, ...Array(7).fill(0xff), 0x7f, 0, 1, 1, 0]) }],
  ['a number without an end', { recordBytes: Buffer.from(Array(12).fill(0xff)) }],
])('refuses %s', (_what, told) => {
  expect(() => rewriteRecords([part({ ...told, recordCount: 1 })], crc32c)).toThrow(MalformedRecord);
});
