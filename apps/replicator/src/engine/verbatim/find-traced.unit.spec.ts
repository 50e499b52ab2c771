import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { UndecodedBatch } from '@meridian/record-batches';
import { expect, it } from 'vitest';
import { findTraced } from './find-traced.ts';

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-';
const zigzag = (value: number) =>
  Buffer.from(value < 64 ? [value * 2] : [((value * 2) % 128) | 0x80, Math.floor(value / 64)]);
const field = (text: string) => Buffer.concat([zigzag(text.length), Buffer.from(text)]);

function record(at: number, value: string, headers: Record<string, string>): Buffer {
  const pairs = Object.entries(headers).flatMap(([name, held]) => [field(name), field(held)]);
  const count = zigzag(Object.keys(headers).length);
  const body = Buffer.concat([Buffer.of(0), zigzag(at), zigzag(at), field('key'), field(value), count, ...pairs]);
  return Buffer.concat([zigzag(body.length), body]);
}

function batchOf(records: Buffer[], codec = 0, compress = (bytes: Buffer) => bytes): UndecodedBatch {
  const bytes = Buffer.concat([Buffer.alloc(61), compress(Buffer.concat(records))]);
  return {
    ...{ bytes, baseOffset: 70n, lastOffset: 79n, recordCount: records.length, attributes: codec },
    ...{ baseTimestampMs: 1_000, maxTimestampMs: 2_000, producerId: -1n },
  };
}
const told = async (...batches: UndecodedBatch[]) =>
  (await findTraced({ topic: 't', partition: 1 }, batches)).map(({ timestampMs, rawHeaders }) => [
    timestampMs,
    Object.fromEntries(rawHeaders.map(([name, value]) => [name, String(value)])),
  ]);

const records = [
  record(0, 'plain', {}),
  record(1, 'sampled', { ce_originseq: '7', traceparent: `${TRACE}01` }),
  record(2, 'not sampled', { traceparent: `${TRACE}00` }),
  record(3, `\x16traceparentn${TRACE}00`, { other: 'x' }),
  record(4, 'sampled, by other bits too', { traceparent: `${TRACE}0b` }),
  record(5, 'not sampled, by other bits', { traceparent: `${TRACE}0a` }),
];
const found = [
  [1_001, { ce_originseq: '7', traceparent: `${TRACE}01` }],
  [1_004, { traceparent: `${TRACE}0b` }],
];

it('finds the records whose trace is recorded, with all of their headers, and reads no other', async () => {
  expect(await told(batchOf(records), batchOf([record(0, 'plain', {})]))).toEqual(found);
});

it.each([
  ['gzip', 1, gzipSync],
  ['zstd', 4, zstdCompressSync],
])('finds them in what is compressed with %s', async (_name, codec, compress) => {
  expect(await told(batchOf(records, codec, compress as (bytes: Buffer) => Buffer))).toEqual(found);
});

it.each([
  ['snappy, which cannot be read here', 2],
  ['lz4, which cannot be read here', 3],
  ['gzip that is none', 1],
  ['zstd that is none', 4],
])('finds nothing in %s, and lets it go', async (_what, codec) => {
  expect(await told(batchOf(records, codec))).toEqual([]);
});

it('finds nothing in records that are not what the format says, and lets them go', async () => {
  const lying = batchOf([Buffer.concat([Buffer.of(0x7e), Buffer.from(`\x16traceparentn${TRACE}01`)])]);
  expect(await told(lying)).toEqual([]);
});

it('lets others have their turn while it searches many small batches', async () => {
  const [batch, many] = [batchOf(records, 1, gzipSync as (bytes: Buffer) => Buffer), 1_000];
  let turns = 0;
  let next: NodeJS.Immediate | undefined;
  const count = () => {
    turns += 1;
    next = setImmediate(count);
  };
  count();
  const all = await told(...Array(many).fill(batch));
  clearImmediate(next);
  expect(all).toHaveLength(many * found.length);
  expect(turns).toBeGreaterThan(4);
});
