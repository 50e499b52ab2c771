import { appendToOutboxSql } from '@meridian/outbox';
import type pg from 'pg';
import type { ReplicatedTable } from './replicated-table.ts';

/**
 * Anti-entropy: tells the whole state of aggregates once more, for a region that missed events which no log keeps any
 * longer. By the outbox, and not by letting the other region pull: an event takes the path that every write takes, with
 * its order, its trace, its links' meters and its dead letters, and whoever is cut off gets it later. The join makes it
 * harmless where nothing was missing, and as a state only ever adds what is known, nothing can be deleted by it.
 *
 * One statement, so that what is told is what stands there. Says how many of the ids are known here.
 */
export async function resendStates(
  pool: pg.Pool,
  table: ReplicatedTable,
  ids: readonly string[],
  traceparent: string | undefined,
): Promise<number> {
  const { name, id, aggregate, topic, wholeValue } = table;
  const { rowCount } = await pool.query(
    `WITH told AS (
       SELECT jsonb_agg(jsonb_build_object('topic', $2::text, 'key', ${id.column}::text, 'type', $3::text, 'hlc', hlc,
                                           'traceparent', $4::text, 'writtenFor', 'region',
                                           'value', ${wholeValue})) AS events
       FROM ${name} WHERE ${id.column} = ANY ($1::text[]::${id.type}[])
     )
     ${appendToOutboxSql({ rows: 'told.events', from: 'told' })}`,
    [ids, topic, `meridian.${aggregate}.resent.v1`, traceparent ?? null],
  );
  return rowCount ?? 0;
}
