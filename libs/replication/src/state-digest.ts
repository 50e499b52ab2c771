import type pg from 'pg';
import type { ReplicatedTable } from './replicated-table.ts';

/**
 * Whether two regions hold the same, and if not, where. One digest of everything says that they differ; one per bucket
 * of the hash of the id says where to look, so that of 100,000 aggregates only some hundred ids have to travel. That is a
 * Merkle tree of two levels, and computed anew at every question rather than kept: to keep it, every write would have to
 * update rows that all writes share.
 *
 * Source: anti-entropy by hash trees, as in Dynamo (DeCandia et al. 2007, section 4.7).
 * Limits: a question reads the whole table; see the README for what that costs. MD5 is to find differences, not to resist
 * somebody who wants to hide one.
 */
export interface StateDigest {
  aggregates: number;
  digest: string;
}

export interface AggregateDigest {
  id: string;
  digest: string;
  hlc: string;
}

/** jsonb's text is canonical, and "C" sorts alike whatever the locale of the server. */
const ofRow = ({ id }: ReplicatedTable) => `md5(${id.column}::text || state::text)`;
const ofRows = (table: ReplicatedTable) => `count(*)::int AS aggregates,
  md5(coalesce(string_agg(${ofRow(table)}, '' ORDER BY ${table.id.column}::text COLLATE "C"), '')) AS digest`;
/** By MD5 and not by PostgreSQL's own hash, which another version of it may compute otherwise. */
const bucketOf = ({ id }: ReplicatedTable, buckets: string) =>
  `(('x' || left(md5(${id.column}::text), 8))::bit(32)::bigint % ${buckets})::int`;

export async function readDigest(pool: pg.Pool, table: ReplicatedTable): Promise<StateDigest> {
  const { rows } = await pool.query<StateDigest>(`SELECT ${ofRows(table)} FROM ${table.name}`);
  return rows[0] as StateDigest;
}

/** The digest of all and of each bucket, as of one moment. */
export async function readBucketDigests(
  pool: pg.Pool,
  table: ReplicatedTable,
  buckets: number,
): Promise<StateDigest & { buckets: StateDigest[] }> {
  const { rows } = await pool.query<StateDigest & { bucket: number | null }>(
    `SELECT bucket, ${ofRows(table)}
     FROM (SELECT *, ${bucketOf(table, '$1::int')} AS bucket FROM ${table.name}) AS aggregate
     GROUP BY GROUPING SETS ((bucket), ())`,
    [buckets],
  );
  const all = rows.find(({ bucket }) => bucket === null) as StateDigest;
  const held = new Map(rows.map(({ bucket, aggregates, digest }) => [bucket, { aggregates, digest }]));
  const empty = { aggregates: 0, digest: EMPTY };
  return {
    ...{ aggregates: all.aggregates, digest: all.digest },
    buckets: Array.from({ length: buckets }, (_, bucket) => held.get(bucket) ?? empty),
  };
}

/** MD5 of nothing. */
const EMPTY = 'd41d8cd98f00b204e9800998ecf8427e';

/** Each aggregate of some buckets. Of many at once, as every question reads the whole table. */
export async function readAggregateDigests(
  pool: pg.Pool,
  table: ReplicatedTable,
  wanted: readonly number[],
  buckets: number,
): Promise<AggregateDigest[]> {
  const { rows } = await pool.query<AggregateDigest>(
    `SELECT ${table.id.column}::text AS id, ${ofRow(table)} AS digest, hlc FROM ${table.name}
     WHERE ${bucketOf(table, '$2::int')} = ANY ($1::int[]) ORDER BY ${table.id.column}::text COLLATE "C"`,
    [wanted, buckets],
  );
  return rows;
}
