import type pg from 'pg';
import type { ReplicatedTable } from './replicated-table.ts';

/**
 * Whether two regions hold the same, and if not, where. One digest of everything says that they differ; one per bucket
 * of the hash of the id says where to look, so that of 100,000 aggregates only some hundred ids have to travel. That is a
 * Merkle tree of two levels whose leaves are kept and whose nodes are not: a row's digest is a column that PostgreSQL computes when
 * the row is written, as the same write pays for it; to keep the nodes, every write would have to update rows that all writes
 * share. A node is the exclusive or of its leaves, which needs no order and so no sort; as a leaf covers the id, no two of them
 * can cancel out.
 *
 * Source: anti-entropy by hash trees, as in Dynamo (DeCandia et al. 2007, section 4.7).
 * Limits: a question reads the whole table; see the README for what that costs. MD5 is to find differences, not to resist
 * somebody who wants to hide one.
 */
export interface StateDigest {
  aggregates: number;
  /** 32 hexadecimal digits. */
  digest: string;
}

export interface AggregateDigest {
  id: string;
  digest: string;
  hlc: string;
}

/**
 * The column, for the table's DDL; a migration spells it out. By MD5 and not by PostgreSQL's own hashes, which another version
 * may compute otherwise; jsonb's text is canonical.
 */
export const stateDigestColumn = (id: string) =>
  `state_digest bit(128) NOT NULL GENERATED ALWAYS AS (('x' || md5(${id}::text || state::text))::bit(128)) STORED`;

const OF_ROWS = 'count(*)::int AS aggregates, bit_xor(state_digest)::text AS bits';
const bucketOf = ({ id }: ReplicatedTable, buckets: string) =>
  `(('x' || left(md5(${id.column}::text), 8))::bit(32)::bigint % ${buckets})::int`;

interface DigestOfRows {
  aggregates: number;
  /** Null for no rows. */
  bits: string | null;
}

const NOTHING = 0n;
const toNumber = (bits: string | null) => (bits === null ? NOTHING : BigInt(`0b${bits}`));
const toHex = (digest: bigint) => digest.toString(16).padStart(32, '0');

export async function readDigest(pool: pg.Pool, table: ReplicatedTable): Promise<StateDigest> {
  const { rows } = await pool.query<DigestOfRows>(`SELECT ${OF_ROWS} FROM ${table.name}`);
  const { aggregates, bits } = rows[0] as DigestOfRows;
  return { aggregates, digest: toHex(toNumber(bits)) };
}

/** The digest of all and of each bucket, as of one moment. */
export async function readBucketDigests(
  pool: pg.Pool,
  table: ReplicatedTable,
  buckets: number,
): Promise<StateDigest & { buckets: StateDigest[] }> {
  const { rows } = await pool.query<DigestOfRows & { bucket: number }>(
    `SELECT ${bucketOf(table, '$1::int')} AS bucket, ${OF_ROWS} FROM ${table.name} GROUP BY bucket`,
    [buckets],
  );
  const held = new Map(rows.map((row) => [row.bucket, row]));
  const empty: DigestOfRows = { aggregates: 0, bits: null };
  const all = Array.from({ length: buckets }, (_, bucket) => held.get(bucket) ?? empty);
  return {
    aggregates: rows.reduce((sum, { aggregates }) => sum + aggregates, 0),
    digest: toHex(rows.reduce((digest, { bits }) => digest ^ toNumber(bits), NOTHING)),
    buckets: all.map(({ aggregates, bits }) => ({ aggregates, digest: toHex(toNumber(bits)) })),
  };
}

/** Each aggregate of some buckets. Of many at once, as every question reads the whole table. */
export async function readAggregateDigests(
  pool: pg.Pool,
  table: ReplicatedTable,
  wanted: readonly number[],
  buckets: number,
): Promise<AggregateDigest[]> {
  const { rows } = await pool.query<{ id: string; bits: string; hlc: string }>(
    `SELECT ${table.id.column}::text AS id, state_digest::text AS bits, hlc FROM ${table.name}
     WHERE ${bucketOf(table, '$2::int')} = ANY ($1::int[]) ORDER BY ${table.id.column}::text COLLATE "C"`,
    [wanted, buckets],
  );
  return rows.map(({ id, bits, hlc }) => ({ id, digest: toHex(toNumber(bits)), hlc }));
}
