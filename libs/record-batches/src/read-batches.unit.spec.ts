import { crc32c } from '@node-rs/crc32';
import { describe, expect, it } from 'vitest';
import { batchOf, sealed } from './batch.fixture.ts';
import { AT, ATTRIBUTE, viewOf } from './batch-layout.ts';
import { readBatches } from './read-batches.ts';
import { isSparse } from './record-batch.ts';

const two = () => [
  batchOf({
    baseOffset: 5n,
    records: [
      { value: 'a', timestampMs: 1_000 },
      { value: 'b', timestampMs: 1_007 },
    ],
  }),
  batchOf({ baseOffset: 7n, records: [{ value: 'c' }], producerId: 9n }),
];
const read = (...parts: Uint8Array[]) => readBatches(Buffer.concat(parts), crc32c);
function batchesOf(...parts: Uint8Array[]) {
  const found = read(...parts);
  if (!found.ok) throw new Error(found.reason);
  return found.batches;
}

it('every batch is told by its header, and lies where it was fetched', () => {
  const [first, second] = batchesOf(...two());
  expect(first).toMatchObject({
    ...{
      baseOffset: 5n,
      lastOffset: 6n,
      recordCount: 2,
      baseTimestampMs: 1_000,
      maxTimestampMs: 1_007,
      producerId: -1n,
    },
  });
  expect(second).toMatchObject({ baseOffset: 7n, lastOffset: 7n, recordCount: 1, producerId: 9n });
  expect(second?.bytes.buffer).toBe(first?.bytes.buffer);
});

it('of a batch that is cut off only the size of its rest is told, wherever the cut is', () => {
  const [first, second] = two() as [Uint8Array, Uint8Array];
  for (let kept = 0; kept < second.length; kept += 1) {
    const found = read(first, second.subarray(0, kept));
    expect(found).toMatchObject({ ok: true, cutOffBytes: kept });
    expect(found.ok && found.batches).toHaveLength(1);
  }
});

it('a batch from which compaction took records says so', () => {
  const records = [{ value: 'a' }, { value: 'c', offsetDelta: 2 }];
  expect(batchesOf(batchOf({ records, lastOffsetDelta: 2 })).map(isSparse)).toEqual([true]);
  expect(batchesOf(...two()).map(isSparse)).toEqual([false, false]);
});

describe('what is refused', () => {
  const changed = (change: (view: DataView) => void, seal = true) => {
    const [batch] = two() as [Uint8Array];
    change(viewOf(batch));
    return seal ? sealed(batch) : batch;
  };
  it.each([
    ['a message set of before Kafka 0.11', 'OldFormat', changed((v) => v.setInt8(AT.magic, 1))],
    ['a format that is not known yet', 'UnknownFormat', changed((v) => v.setInt8(AT.magic, 3))],
    ['a length below that of a header', 'ImpossibleLength', changed((v) => v.setInt32(AT.length, 48))],
    ['a negative length', 'ImpossibleLength', changed((v) => v.setInt32(AT.length, -1))],
    ['a flipped bit in the records', 'WrongChecksum', changed((v) => v.setUint8(AT.records + 3, 0xff), false)],
    ['a flipped bit in the checksum', 'WrongChecksum', changed((v) => v.setUint32(AT.checksum, 1), false)],
    ['a codec that is not known', 'UnknownCodec', changed((v) => v.setInt16(AT.attributes, 5))],
    ['a negative count', 'ImpossibleCount', changed((v) => v.setInt32(AT.recordCount, -1))],
    ['more records than bytes', 'ImpossibleCount', changed((v) => v.setInt32(AT.recordCount, 1_000_000))],
    ['more records than offsets', 'ImpossibleCount', changed((v) => v.setInt32(AT.lastOffsetDelta, 0))],
    ['a negative offset', 'ImpossibleOffset', changed((v) => v.setBigInt64(AT.baseOffset, -2n))],
    ['a last offset before the first', 'ImpossibleOffset', changed((v) => v.setInt32(AT.lastOffsetDelta, -1))],
  ] as const)('%s: %s, with its place', (_what, reason, batch) => {
    const [good] = two() as [Uint8Array];
    expect(read(good, batch)).toEqual({ ok: false, reason, atByte: good.length });
  });

  it('a compressed batch may have more records than bytes', () => {
    const attributes = ATTRIBUTE.compression & 4;
    const batch = batchOf({ attributes, recordBytes: Buffer.from('zstd'), recordCount: 500, lastOffsetDelta: 499 });
    expect(batchesOf(batch)[0]).toMatchObject({ recordCount: 500, lastOffset: 499n });
  });
});
