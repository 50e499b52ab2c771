import { crc32c } from '@node-rs/crc32';
import { describe, expect, it } from 'vitest';
import { batchOf, type TestBatch } from './batch.fixture.ts';
import { AT, ATTRIBUTE, viewOf } from './batch-layout.ts';
import { readBatches } from './read-batches.ts';
import type { UndecodedBatch } from './record-batch.ts';
import { toProduced } from './to-produced.ts';

function one(bytes: Uint8Array): UndecodedBatch {
  const read = readBatches(bytes, crc32c);
  if (!read.ok || !read.batches[0]) throw new Error('not one batch');
  return read.batches[0];
}
const records = [{ key: 'k', value: 'v', timestampMs: 1_700_000_000_000 }];
/** What differs before and after, by field. */
function touched(told: TestBatch): string[] {
  const before = batchOf(told);
  const after = toProduced(one(before.slice()), crc32c);
  const fields = Object.entries(AT).map(([name, from], i, all) => ({
    name,
    from,
    to: all[i + 1]?.[1] ?? before.length,
  }));
  return fields
    .filter(({ from, to }) => Buffer.compare(before.subarray(from, to), after.subarray(from, to)) !== 0)
    .map(({ name }) => name);
}

describe('what is touched', () => {
  it('of a plain batch: what lies outside of the checksum alone', () => {
    expect(touched({ baseOffset: 4_711n, records })).toEqual(['baseOffset', 'partitionLeaderEpoch']);
  });

  it('of an idempotent producer: also who it was, and so the checksum', () => {
    const told = { baseOffset: 1n, records, producerId: 3n, producerEpoch: 0, baseSequence: 12 };
    expect(touched(told)).toEqual([
      ...['baseOffset', 'partitionLeaderEpoch', 'checksum', 'producerId', 'producerEpoch', 'baseSequence'],
    ]);
  });

  it('of a transaction: also the bit that says so, and no other', () => {
    const attributes = ATTRIBUTE.transactional | 1;
    const told = { baseOffset: 1n, records, attributes, producerId: 3n, producerEpoch: 0, baseSequence: 0 };
    expect(touched(told)).toContain('attributes');
    expect(viewOf(toProduced(one(batchOf(told)), crc32c)).getInt16(AT.attributes)).toBe(1);
  });

  it('of a compacted log: also the delete horizon, which is the other log’s to set', () => {
    const produced = toProduced(one(batchOf({ records, attributes: ATTRIBUTE.deleteHorizon })), crc32c);
    expect(viewOf(produced).getInt16(AT.attributes)).toBe(0);
  });
});

it('what comes out has the checksum of what it is, and is the same when it is made again', () => {
  const batch = one(batchOf({ baseOffset: 9n, records, producerId: 3n, attributes: ATTRIBUTE.transactional }));
  const produced = toProduced(batch, crc32c).slice();
  expect(one(produced.slice())).toMatchObject({ baseOffset: 0n, producerId: -1n, attributes: 0 });
  expect(Buffer.compare(toProduced(batch, crc32c), produced)).toBe(0);
});

it('a batch whose records were damaged is not blessed by its new checksum', () => {
  const batch = one(batchOf({ baseOffset: 9n, records, producerId: 3n }));
  batch.bytes[batch.bytes.length - 1] = (batch.bytes.at(-1) as number) ^ 1;
  expect(readBatches(toProduced(batch, crc32c), crc32c)).toMatchObject({ ok: false, reason: 'WrongChecksum' });
});
