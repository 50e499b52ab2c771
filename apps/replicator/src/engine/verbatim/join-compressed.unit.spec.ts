import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { FetchedBatch } from '@meridian/kafka';
import { expect, it } from 'vitest';
import { joinCompressed } from './join-compressed.ts';
import { planWrites } from './plan-writes.ts';

const CODECS = { none: 0, gzip: 1, snappy: 2, zstd: 4 };
const COMPRESS = { none: (b: Buffer) => b, gzip: gzipSync, snappy: (b: Buffer) => b, zstd: zstdCompressSync };

function fetched(at: bigint, codec: keyof typeof CODECS, bytes = 500, from = at): FetchedBatch {
  const records = COMPRESS[codec](Buffer.alloc(bytes, Number(at)));
  const batch = {
    ...{ bytes: Buffer.concat([Buffer.alloc(61), records]), baseOffset: at, lastOffset: at, recordCount: 1 },
    ...{ attributes: CODECS[codec], baseTimestampMs: 0, maxTimestampMs: 0, producerId: -1n },
  };
  return { offset: String(at), firstOffset: String(from), batch };
}
const joined = (...batches: FetchedBatch[]) =>
  [...joinCompressed(planWrites(batches))].map((write) => [
    write.how === 'joined' ? write.codec : write.how,
    ...write.batches.map(({ batch }) => Number(batch.baseOffset)),
  ]);

it('small batches of one codec are joined, and one that comes alone goes as it is', () => {
  expect(joined(fetched(1n, 'zstd'), fetched(2n, 'zstd'), fetched(3n, 'gzip'), fetched(4n, 'zstd'))).toEqual([
    ['zstd', 1, 2],
    ['as-it-is', 3],
    ['as-it-is', 4],
  ]);
  expect(joined()).toEqual([]);
});

it('with the records of each, decompressed', () => {
  const [write] = [...joinCompressed(planWrites([fetched(1n, 'gzip', 9), fetched(2n, 'gzip', 7)]))];
  expect(write).toMatchObject({ how: 'joined', records: [Buffer.alloc(9, 1), Buffer.alloc(7, 2)] });
});

it('in their order with what cannot be joined: uncompressed, of another codec, cut at the wanted offset, damaged', () => {
  const damaged = fetched(8n, 'zstd');
  damaged.batch.bytes.fill(0xff, 61);
  expect(
    joined(
      ...[fetched(1n, 'none'), fetched(2n, 'zstd'), fetched(3n, 'zstd'), fetched(4n, 'snappy'), fetched(5n, 'snappy')],
      ...[fetched(6n, 'zstd', 500, 7n), fetched(7n, 'zstd'), damaged, fetched(9n, 'zstd'), fetched(10n, 'zstd')],
    ),
  ).toEqual([
    ...[
      ['as-it-is', 1],
      ['zstd', 2, 3],
      ['as-it-is', 4],
      ['as-it-is', 5],
      ['as-it-is', 6],
      ['as-it-is', 7],
    ],
    ...[
      ['as-it-is', 8],
      ['zstd', 9, 10],
    ],
  ]);
});

it('no more is decompressed together than a batch may hold, and what alone becomes more goes as it is', () => {
  const large = (at: bigint) => fetched(at, 'zstd', 400_000);
  expect(joined(large(1n), large(2n), large(3n), fetched(4n, 'zstd', 2_000_000), large(5n), large(6n))).toEqual([
    ...[
      ['zstd', 1, 2],
      ['as-it-is', 3],
      ['as-it-is', 4],
      ['zstd', 5, 6],
    ],
  ]);
});

it('no more than a thousand at a time, as nobody else has a turn meanwhile', () => {
  const many = Array.from({ length: 2_500 }, (_, i) => fetched(BigInt(i), 'zstd', 20));
  expect([...joinCompressed(planWrites(many))].map(({ batches }) => batches.length)).toEqual([1_000, 1_000, 500]);
});
