import type { FetchedBatch } from '@meridian/kafka';
import { expect, it } from 'vitest';
import { planWrites } from './plan-writes.ts';

const APPEND_TIME = 0x08;
const GZIP = 1;

function fetched(
  told: { at?: bigint; records?: number; bytes?: number; attributes?: number; lastOffset?: bigint; from?: bigint } = {},
): FetchedBatch {
  const { at = 0n, records = 1, bytes = 500, attributes = 0 } = told;
  const lastOffset = told.lastOffset ?? at + BigInt(records) - 1n;
  const batch = {
    ...{ bytes: new Uint8Array(bytes), baseOffset: at, lastOffset, recordCount: records, attributes },
    ...{ baseTimestampMs: 0, maxTimestampMs: 0, producerId: -1n },
  };
  return { offset: String(lastOffset), firstOffset: String(told.from ?? at), batch };
}
const large = (at: bigint) => fetched({ at, bytes: 100_000 });
const compressed = (at: bigint) => fetched({ at, attributes: GZIP });
const planned = (...batches: FetchedBatch[]) =>
  planWrites(batches).map(({ how, batches: held }) => [how, ...held.map(({ batch }) => Number(batch.baseOffset))]);

it('a batch that comes alone goes as it is', () => {
  expect(planned(fetched())).toEqual([['as-it-is', 0]]);
  expect(planned()).toEqual([]);
});

it('large and compressed batches go as they are, and in order with what stands between them', () => {
  expect(planned(large(0n), large(1n), fetched({ at: 2n }), compressed(3n), compressed(4n))).toEqual([
    ...[
      ['as-it-is', 0],
      ['as-it-is', 1],
      ['as-it-is', 2],
      ['as-it-is', 3],
      ['as-it-is', 4],
    ],
  ]);
});

it('small ones that follow each other become one, as large as a broker takes', () => {
  const many = Array.from({ length: 40 }, (_, i) => fetched({ at: BigInt(i), bytes: 60_000 }));
  const plan = planWrites([...many, large(40n)]);
  expect(plan.map(({ how, batches }) => [how, batches.length])).toEqual([
    ...[
      ['rewritten', 15],
      ['rewritten', 15],
      ['rewritten', 10],
      ['as-it-is', 1],
    ],
  ]);
  expect(plan.flatMap(({ batches }) => batches)).toEqual([...many, plan.at(-1)?.batches[0]]);
});

it.each([
  ['has gaps', fetched({ records: 2, lastOffset: 5n, bytes: 100_000 })],
  ['has gaps and is compressed', fetched({ records: 2, lastOffset: 5n, attributes: GZIP })],
  ['has the broker’s time', fetched({ attributes: APPEND_TIME })],
  ['begins before the wanted offset', fetched({ records: 4, from: 2n, bytes: 100_000 })],
])('one that %s is rewritten', (_what, batch) => expect(planned(batch)).toEqual([['rewritten', 0]]));

it('a compressed one that begins before the wanted offset comes whole', () => {
  expect(planned(fetched({ records: 4, from: 2n, attributes: GZIP }))).toEqual([['as-it-is', 0]]);
});
