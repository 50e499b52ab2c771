import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchOf, sealed } from './batch.fixture.ts';
import { AT, ATTRIBUTE } from './batch-layout.ts';
import { copiedBatches } from './copied-batches.ts';
import { decodeRecords } from './decode-records.fixture.ts';
import { readBatches } from './read-batches.ts';
import { has, recordBytesOf, type UndecodedBatch } from './record-batch.ts';
import { MalformedRecord } from './record-cursor.ts';
import { recordsAround } from './records-around.ts';
import { rewriteRecords } from './rewrite-records.ts';
import { toProduced } from './to-produced.ts';

const text = fc.option(fc.string({ maxLength: 40 }));
const record = fc.record({
  timestampMs: fc.integer({ min: -(2 ** 40), max: 2 ** 42 }),
  ...{ key: text, value: text },
  headers: fc.array(fc.tuple(fc.string({ maxLength: 12 }), text), { maxLength: 3 }),
});
const batch = fc.record({
  baseOffset: fc.bigInt({ min: 0n, max: 2n ** 62n }),
  leaderEpoch: fc.integer({ min: 0, max: 1_000 }),
  attributes: fc.constantFrom(0, ATTRIBUTE.transactional, ATTRIBUTE.deleteHorizon, ATTRIBUTE.appendTime),
  producerId: fc.constantFrom(-1n, 0n, 12_345n),
  records: fc.array(record, { minLength: 1, maxLength: 8 }),
});
const log = fc.array(batch, { minLength: 1, maxLength: 4 });

/**
 * The bytes with a guard on both sides: what reads or writes outside of them is seen, as the guard is not what it was, or
 * what was read is not what it should be.
 */
function within(bytes: Uint8Array): { bytes: Uint8Array; isUntouched(): boolean } {
  const around = new Uint8Array(bytes.length + 128).fill(0xa5);
  around.set(bytes, 64);
  const guard = (part: Uint8Array) => part.every((byte) => byte === 0xa5);
  return {
    bytes: around.subarray(64, 64 + bytes.length),
    isUntouched: () => guard(around.subarray(0, 64)) && guard(around.subarray(64 + bytes.length)),
  };
}

/** Everything that is done with a fetch answer. Only what the types name may come of it. */
function workOff(bytes: Uint8Array): readonly UndecodedBatch[] {
  const read = readBatches(bytes, crc32c);
  if (!read.ok) return [];
  const sizes = read.batches.reduce((sum, one) => sum + one.bytes.length, 0);
  expect(sizes + read.cutOffBytes).toBe(bytes.length);
  try {
    const copied = copiedBatches(read.batches, [{ producerId: 0n, firstOffset: 0n }]);
    const parts = copied.map((one) => ({ batch: one, records: recordBytesOf(one), from: one.baseOffset }));
    for (const { batch: one, records } of parts) [...recordsAround(one, records, [0, 3, records.length - 1])];
    rewriteRecords(parts, crc32c);
    for (const one of copied) toProduced(one, crc32c);
  } catch (failure) {
    if (!(failure instanceof MalformedRecord)) throw failure;
  }
  return read.batches;
}

describe('whatever the bytes are, there come whole batches or a named refusal, and nothing outside is touched', () => {
  it.each([
    ['random bytes', fc.uint8Array({ maxLength: 400 })],
    [
      'random bytes behind a header whose checksum is right',
      fc
        .tuple(fc.uint8Array({ minLength: AT.records, maxLength: 300 }), fc.integer({ min: 0, max: 0x7f }))
        .map(([bytes, attributes]) => {
          const told = { attributes, recordBytes: bytes, recordCount: bytes[0] as number, lastOffsetDelta: 300 };
          return batchOf(told);
        }),
    ],
    [
      'records with flipped bits, sealed again',
      fc
        .tuple(batch, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 }))
        .map(([told, flips]) => {
          const bytes = batchOf(told);
          for (const [at, bits] of flips) {
            const place = AT.attributes + (at % (bytes.length - AT.attributes));
            bytes[place] = (bytes[place] as number) ^ bits;
          }
          return sealed(bytes);
        }),
    ],
  ])('%s', (_what, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (bytes) => {
        const guarded = within(bytes);
        workOff(guarded.bytes);
        expect(guarded.isUntouched()).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  it('a log that is cut off anywhere: the batches before the cut, and the size of the rest', () => {
    fc.assert(
      fc.property(log, fc.nat(), (told, at) => {
        const parts = told.map(batchOf);
        const whole = Buffer.concat(parts);
        const cut = at % (whole.length + 1);
        let ends = 0;
        const expected = parts.filter((part) => {
          ends += part.length;
          return ends <= cut;
        }).length;
        expect(workOff(whole.subarray(0, cut))).toHaveLength(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it('a single flipped bit under the checksum is always found', () => {
    fc.assert(
      fc.property(batch, fc.nat(), fc.integer({ min: 0, max: 7 }), (told, at, bit) => {
        const bytes = batchOf(told);
        const place = AT.checksum + (at % (bytes.length - AT.checksum));
        bytes[place] = (bytes[place] as number) ^ (1 << bit);
        expect(readBatches(bytes, crc32c)).toMatchObject({ ok: false, reason: 'WrongChecksum' });
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('whatever the records are', () => {
  const read = (bytes: Uint8Array) => {
    const found = readBatches(bytes, crc32c);
    if (!found.ok) throw new Error(found.reason);
    return found.batches;
  };
  const used = (size: number) => new Uint8Array(size).fill(0xa5);
  const contents = (batches: readonly UndecodedBatch[]) =>
    batches.flatMap((one) => decodeRecords(one).map(({ offset: _, ...held }) => held));

  it('passed on, they are byte for byte the same, and the batch is a valid one of no producer', () => {
    fc.assert(
      fc.property(log, (told) => {
        for (const one of read(Buffer.concat(told.map(batchOf)))) {
          const before = Buffer.from(recordBytesOf(one));
          const [after] = read(toProduced(one, crc32c).slice()) as [UndecodedBatch];
          expect(Buffer.compare(recordBytesOf(after), before)).toBe(0);
          expect(after).toMatchObject({ baseOffset: 0n, producerId: -1n });
          expect(has(after, 'transactional') || has(after, 'deleteHorizon')).toBe(false);
        }
      }),
    );
  });

  it('joined, they are the same in the same order, numbered from 0 without a gap', () => {
    fc.assert(
      fc.property(log, (told) => {
        const batches = read(Buffer.concat(told.map(batchOf)));
        const parts = batches.map((one) => ({ batch: one, records: recordBytesOf(one), from: 0n }));
        const [joined] = read(rewriteRecords(parts, crc32c, used) as Uint8Array) as [UndecodedBatch];
        expect(contents([joined])).toEqual(contents(batches));
        expect(decodeRecords(joined).map(({ offset }) => Number(offset))).toEqual([
          ...Array(joined.recordCount).keys(),
        ]);
      }),
    );
  });
});
