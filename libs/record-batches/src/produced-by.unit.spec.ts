import { crc32c } from '@node-rs/crc32';
import { expect, it } from 'vitest';
import { batchOf } from './batch.fixture.ts';
import { producedBy, recordsBetween, sequenceAfter } from './produced-by.ts';
import { readBatches } from './read-batches.ts';
import { recordBytesOf, recordCountOf, type UndecodedBatch } from './record-batch.ts';
import { rewriteRecords } from './rewrite-records.ts';
import { toProduced } from './to-produced.ts';

const LAST = 2 ** 31 - 1;
const by = { producerId: 4_711n, producerEpoch: 3, baseSequence: LAST };
const records = [{ value: 'a' }, { value: 'b' }];

function one(bytes: Uint8Array): UndecodedBatch {
  const read = readBatches(bytes, crc32c);
  if (!read.ok || !read.batches[0]) throw new Error('not one batch');
  return read.batches[0];
}

it('sequence numbers begin again behind the greatest, and end before 0', () => {
  expect([sequenceAfter(0, -1), sequenceAfter(3, -5)]).toEqual([LAST, LAST - 1]);
  expect([sequenceAfter(LAST, 0), sequenceAfter(LAST, 1), sequenceAfter(LAST - 1, 5)]).toEqual([LAST, 0, 3]);
});

it('the records between two sequence numbers are counted across the greatest, forwards and backwards', () => {
  expect(recordsBetween(7, 7)).toBe(0);
  expect([recordsBetween(7, 10), recordsBetween(10, 7)]).toEqual([3, -3]);
  expect([recordsBetween(LAST, 2), recordsBetween(2, LAST)]).toEqual([3, -3]);
});

it('a batch that is passed on says who passes it on, under a checksum that is right', () => {
  for (const told of [{ records }, { records, producerId: 9n, producerEpoch: 0, baseSequence: 5 }]) {
    const written = one(toProduced(one(batchOf(told)), crc32c, by).slice());
    expect(producedBy(written)).toEqual(by);
    expect(recordCountOf(written.bytes)).toBe(2);
  }
});

it('so does one that is made of others', () => {
  const parts = [1, 2].map(() => one(batchOf({ records })));
  const all = parts.map((batch) => ({ batch, records: recordBytesOf(batch), from: 0n }));
  const written = one(rewriteRecords(all, crc32c, undefined, by) as Uint8Array);
  expect(producedBy(written)).toEqual(by);
  expect(recordCountOf(written.bytes)).toBe(4);
});
