import type pg from 'pg';
import type { ReplicatedTable } from '../replicated-table.ts';
import { readAggregateDigests, readBucketDigests } from '../state-digest.ts';
import type { SourceRegion } from './source-region.ts';

/** Of 100,000 aggregates some 100 are in each. */
const BUCKETS = 1_024;
const BUCKETS_AT_ONCE = 64;

/** Of one aggregate, here before it was joined. */
export interface Differing {
  id: string;
  digestHere: string | undefined;
}

/** The aggregates that a region holds otherwise than this one, some at a time. */
export async function* differingFrom(
  source: SourceRegion,
  pool: pg.Pool,
  table: ReplicatedTable,
): AsyncGenerator<Differing[]> {
  const [there, here] = await Promise.all([source.bucketDigests(BUCKETS), readBucketDigests(pool, table, BUCKETS)]);
  const differing = there.flatMap((digest, i) => (here.buckets[i]?.digest === digest ? [] : [i]));
  for (let i = 0; i < differing.length; i += BUCKETS_AT_ONCE) {
    const some = differing.slice(i, i + BUCKETS_AT_ONCE);
    const [theirs, own] = await Promise.all([
      source.aggregateDigests(some, BUCKETS),
      readAggregateDigests(pool, table, some, BUCKETS),
    ]);
    const digestHere = new Map(own.map(({ id, digest }) => [id, digest]));
    yield theirs
      .filter(({ id, digest }) => digestHere.get(id) !== digest)
      .map(({ id }) => ({ id, digestHere: digestHere.get(id) }));
  }
}

/** How many of them are another state than they were. */
export async function countChanged(
  pool: pg.Pool,
  { name, id }: ReplicatedTable,
  before: readonly Differing[],
): Promise<number> {
  const { rows } = await pool.query<{ changed: number }>(
    `SELECT count(*)::int AS changed
     FROM unnest($1::text[], $2::text[]) AS before (id, digest) JOIN ${name} AS row ON row.${id.column}::text = before.id
     WHERE md5(row.${id.column}::text || row.state::text) IS DISTINCT FROM before.digest`,
    [before.map((one) => one.id), before.map(({ digestHere }) => digestHere ?? null)],
  );
  return rows[0]?.changed ?? 0;
}
