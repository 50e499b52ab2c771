import { crc32c } from '@node-rs/crc32';
import { expect, it } from 'vitest';
import { batchOf, type TestRecord } from './batch.fixture.ts';
import { readBatches } from './read-batches.ts';
import { recordBytesOf } from './record-batch.ts';
import { MalformedRecord } from './record-cursor.ts';
import { recordsAround } from './records-around.ts';

const told: TestRecord[] = [
  { value: 'once, and once more', timestampMs: 100 },
  {
    value: 'second',
    timestampMs: 101,
    headers: [
      ['traceparent', 'here'],
      ['none', null],
    ],
  },
  { value: 'traceparent, in a value', timestampMs: 102 },
  {
    value: 'fourth',
    timestampMs: 103,
    headers: [
      ['a', '1'],
      ['traceparent', 'there'],
    ],
  },
];

function around(text: string) {
  const read = readBatches(batchOf({ baseOffset: 30n, records: told }), crc32c);
  if (!read.ok || !read.batches[0]) throw new Error('not one batch');
  const records = Buffer.from(recordBytesOf(read.batches[0]));
  const positions: number[] = [];
  for (let at = records.indexOf(text); at !== -1; at = records.indexOf(text, at + 1)) positions.push(at);
  return [...recordsAround(read.batches[0], records, positions)].map(({ offset, timestampMs, headers }) => ({
    ...{ offset: Number(offset), timestampMs },
    headers: headers.map(([name, value]) => [String(Buffer.from(name)), value && String(Buffer.from(value))]),
  }));
}

it('tells the headers, times and offsets of the records in which a text stands, and of no other', () => {
  expect(around('traceparent')).toEqual([
    {
      offset: 31,
      timestampMs: 101,
      headers: [
        ['traceparent', 'here'],
        ['none', null],
      ],
    },
    { offset: 32, timestampMs: 102, headers: [] },
    {
      offset: 33,
      timestampMs: 103,
      headers: [
        ['a', '1'],
        ['traceparent', 'there'],
      ],
    },
  ]);
});

it('tells a record once, however often the text stands in it', () => {
  expect(around('once').map(({ offset }) => offset)).toEqual([30]);
});

it('refuses a record that leads outside of its batch', () => {
  const read = readBatches(batchOf({ recordBytes: Buffer.from([0x7e, 0, 0, 0, 1, 1, 0]), recordCount: 1 }), crc32c);
  const [batch] = read.ok ? read.batches : [];
  if (!batch) throw new Error('not one batch');
  expect(() => [...recordsAround(batch, recordBytesOf(batch), [3])]).toThrow(MalformedRecord);
});

it('tells nothing of a text that is nowhere', () => expect(around('nowhere')).toEqual([]));
