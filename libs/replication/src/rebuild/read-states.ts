import type { StatesResponse } from '@meridian/contracts';
import type pg from 'pg';
import type { ReplicatedTable } from '../replicated-table.ts';

type Item = StatesResponse['items'][number];

const columns = ({ id, wholeValue }: ReplicatedTable) => `${id.column}::text AS id, hlc, ${wholeValue} AS value, deps`;

/** A page of all aggregates as wholes, in the order of the bytes of their ids. */
export async function readStates(
  pool: pg.Pool,
  table: ReplicatedTable,
  { after, limit }: { after?: string; limit: number },
): Promise<Pick<StatesResponse, 'items' | 'next'>> {
  // A uuid's own order is that of its text, and its index is there to be used.
  const key = table.id.type === 'uuid' ? table.id.column : `${table.id.column} COLLATE "C"`;
  const { rows } = await pool.query<Item>(
    `SELECT ${columns(table)} FROM ${table.name}
     WHERE $1::text IS NULL OR ${key} > $1::${table.id.type} ORDER BY ${key} LIMIT $2`,
    [after ?? null, limit],
  );
  return { items: rows, next: rows.length < limit ? null : (rows.at(-1)?.id ?? null) };
}

/** Of these; without those that are not known here. */
export async function readStatesOf(pool: pg.Pool, table: ReplicatedTable, ids: readonly string[]): Promise<Item[]> {
  const { rows } = await pool.query<Item>(
    `SELECT ${columns(table)} FROM ${table.name} WHERE ${table.id.column} = ANY ($1::text[]::${table.id.type}[])`,
    [ids],
  );
  return rows;
}
