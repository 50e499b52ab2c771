import { zstdCompressSync } from 'node:zlib';
import { type FetchedBatch, OutOfSequence, RecordsRefused } from '@meridian/kafka';
import { NOBODY, recordBytesOf, recordCountOf } from '@meridian/record-batches';
import { expect, it } from 'vitest';
import { joinCompressed } from './join-compressed.ts';
import { planWrites } from './plan-writes.ts';
import { writePlanned } from './write-planned.ts';

const CODECS = { none: 0, zstd: 4 };
/** Without a key, with a value of a byte. */
const record = (at: number) => Buffer.of(14, 0, 0, at * 2, 1, 2, 0x61 + at, 0);
const RECORDS = Buffer.concat([record(0), record(1)]);

function fetched(at: bigint, codec: keyof typeof CODECS, held: Uint8Array): FetchedBatch {
  const bytes = Buffer.concat([Buffer.alloc(61), held]);
  bytes.writeInt32BE(2, 57);
  const batch = {
    ...{ bytes, baseOffset: at, lastOffset: at + 1n, recordCount: 2, attributes: CODECS[codec] },
    ...{ baseTimestampMs: 0, maxTimestampMs: 0, producerId: -1n },
  };
  return { offset: String(at + 1n), firstOffset: String(at), batch };
}

/** What a target is given that takes so many records at a time, and what is told as written. */
async function written(batches: FetchedBatch[], mostRecords = 100, refusal: Error = new RecordsRefused('too large')) {
  const sent: Uint8Array[] = [];
  const done: number[][] = [];
  const copy = {
    next: NOBODY,
    write: async (bytes: Uint8Array) => {
      if (recordCountOf(bytes) > mostRecords) throw refusal;
      sent.push(Buffer.from(bytes));
    },
  };
  let failure: unknown;
  try {
    for (const write of joinCompressed(planWrites(batches)))
      await writePlanned(write, copy, (told) => done.push(told.map(({ batch }) => Number(batch.baseOffset))));
  } catch (why) {
    failure = why;
  }
  return { sent: sent.map((bytes) => recordBytesOf({ bytes })), done, failure };
}

it('small batches are written as one', async () => {
  const { sent, done } = await written([0n, 2n].map((at) => fetched(at, 'zstd', zstdCompressSync(RECORDS))));
  expect(done).toEqual([[0, 2]]);
  expect(sent).toHaveLength(1);
});

it.each([
  ['is malformed inside', zstdCompressSync(Buffer.alloc(16, 0xff))],
  [
    'has frames of which Node reads the first alone',
    Buffer.concat([record(0), record(1)].map((one) => zstdCompressSync(one))),
  ],
])('one that %s goes as it is, and its neighbours do not wait for it', async (_what, odd) => {
  const whole = zstdCompressSync(RECORDS);
  const { sent, done } = await written([whole, odd, whole].map((held, i) => fetched(BigInt(2 * i), 'zstd', held)));
  expect(done).toEqual([[0], [2], [4]]);
  expect(sent).toEqual([whole, odd, whole]);
});

it.each(['none', 'zstd'] as const)('what a target does not take as one goes one by one (%s)', async (codec) => {
  const held = codec === 'zstd' ? zstdCompressSync(RECORDS) : RECORDS;
  const { sent, done } = await written(
    [0n, 2n].map((at) => fetched(at, codec, held)),
    2,
  );
  expect(done).toEqual([[0], [2]]);
  expect(sent).toEqual([held, held]);
});

it('what alone is refused fails, and so does all of it where another batch is due', async () => {
  const batches = () => [0n, 2n].map((at) => fetched(at, 'none', RECORDS));
  expect(await written(batches(), 1)).toMatchObject({ done: [], failure: expect.any(RecordsRefused) });
  expect(await written(batches(), 2, new OutOfSequence('another is due'))).toMatchObject({
    ...{ done: [], failure: expect.any(OutOfSequence) },
  });
});
