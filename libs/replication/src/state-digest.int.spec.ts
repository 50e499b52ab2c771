import { createTestDatabase, type TestDatabase } from '@meridian/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { ReplicatedTable } from './replicated-table.ts';
import { readAggregateDigests, readBucketDigests, readDigest, stateDigestColumn } from './state-digest.ts';

const table: ReplicatedTable = {
  ...{ name: 'notes', id: { column: 'id', type: 'text' }, aggregate: 'note', topic: 'users.v1', wholeValue: 'state' },
};
const DDL = `CREATE TABLE notes (id text PRIMARY KEY, state jsonb NOT NULL, hlc text COLLATE "C" NOT NULL, ${stateDigestColumn('id')});`;
const HLC = '000000000000001-0000-eu-west';

let here: TestDatabase;
let there: TestDatabase;
beforeAll(async () => {
  here = await createTestDatabase(inject('postgresUrl'), DDL);
  there = await createTestDatabase(inject('postgresUrl'), DDL);
});
afterAll(() => Promise.all([here.drop(), there.drop()]));
beforeEach(() => Promise.all([here, there].map(({ pool }) => pool.query('TRUNCATE notes'))));

const write = ({ pool }: TestDatabase, ids: string[], state: object = { a: 1, b: [2] }) =>
  pool.query('INSERT INTO notes SELECT id, $2::jsonb, $3 FROM unnest($1::text[]) AS id', [
    ids,
    JSON.stringify(state),
    HLC,
  ]);
const ids = Array.from({ length: 40 }, (_, i) => `n-${i}`);
const differing = async (buckets: number) => {
  const [a, b] = await Promise.all([here, there].map(({ pool }) => readBucketDigests(pool, table, buckets)));
  return a?.buckets.flatMap(({ digest }, i) => (digest === b?.buckets[i]?.digest ? [] : [i])) ?? [];
};

describe('the digest of a state', () => {
  it('is the same whatever the order of writes and of members, and however it is divided', async () => {
    await write(here, ids);
    await write(there, ids.toReversed(), { b: [2], a: 1 });
    const digests = await Promise.all([
      readDigest(here.pool, table),
      readDigest(there.pool, table),
      readBucketDigests(here.pool, table, 1),
      readBucketDigests(here.pool, table, 64),
    ]);
    expect(new Set(digests.map(({ digest }) => digest)).size).toBe(1);
    expect(digests[3]?.buckets.reduce((sum, bucket) => sum + bucket.aggregates, 0)).toBe(40);
    expect(await differing(64)).toEqual([]);
  });

  it('differs when two aggregates have changed places', async () => {
    await write(here, ['n-1'], { a: 1 });
    await write(here, ['n-2'], { a: 2 });
    await write(there, ['n-1'], { a: 2 });
    await write(there, ['n-2'], { a: 1 });
    const [a, b] = await Promise.all([here, there].map(({ pool }) => readDigest(pool, table)));
    expect(a?.digest).not.toBe(b?.digest);
  });

  it('leads from all of it to the bucket, and from there to the aggregates that differ or are missing', async () => {
    await write(here, ids);
    await write(there, ids.slice(2));
    await there.pool.query(`UPDATE notes SET state = '{"a": 2}' WHERE id = 'n-7'`);
    const buckets = await differing(16);
    expect(buckets.length).toBeLessThanOrEqual(3);
    const [a, b] = await Promise.all([here, there].map(({ pool }) => readAggregateDigests(pool, table, buckets, 16)));
    const digests = new Map(b?.map(({ id, digest }) => [id, digest]));
    const found = a?.filter(({ id, digest }) => digests.get(id) !== digest) ?? [];
    for (const { hlc } of found) expect(hlc).toBe(HLC);
    expect(found.map(({ id }) => id)).toEqual(['n-0', 'n-1', 'n-7']);
  });

  it('of nothing is the digest of nothing, in every bucket', async () => {
    const { aggregates, digest, buckets } = await readBucketDigests(here.pool, table, 4);
    expect(aggregates).toBe(0);
    expect(buckets).toEqual(Array.from({ length: 4 }, () => ({ aggregates: 0, digest })));
    expect(await readDigest(here.pool, table)).toEqual({ aggregates: 0, digest });
  });

  it('of 100,000 aggregates of 500 bytes is had in seconds, and one bucket of them in less', async () => {
    await here.pool.query(
      `INSERT INTO notes SELECT 'n-' || n, jsonb_build_object('text', repeat('x', 500), 'n', n), $1
       FROM generate_series(1, 100000) AS n`,
      [HLC],
    );
    const measure = async <T>(work: () => Promise<T>) => {
      const startedMs = performance.now();
      const result = await work();
      return { result, ms: performance.now() - startedMs };
    };
    const all = await measure(() => readBucketDigests(here.pool, table, 256));
    const one = await measure(() => readAggregateDigests(here.pool, table, [17], 256));
    console.log(
      `digest of 100,000 aggregates: ${all.ms.toFixed(0)} ms in 256 buckets; a bucket: ${one.ms.toFixed(0)} ms`,
    );
    expect(all.result.aggregates).toBe(100_000);
    expect(one.result.length).toBe(all.result.buckets[17]?.aggregates);
    expect(all.ms).toBeLessThan(15_000);
    expect(one.ms).toBeLessThan(all.ms);
  });
});
