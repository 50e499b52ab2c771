import type { ClientBase, Pool } from 'pg';

/**
 * The inbox: what makes an effect happen once, although Kafka delivers an event at least once and a replicator may copy
 * it twice.
 *
 * Why in the database: the only place where "it was done" can commit together with what was done. An offset committed to
 * Kafka, or a cache with a time to live, is a second write that can be lost on its own. Why by (source, sequence) and not
 * by event id: sequences have no gaps, so the inbox also knows what has *not* arrived, and everything up to a watermark
 * is one number instead of a row per event for ever. Joining a delta-state needs no inbox, as doing that twice changes
 * nothing; side effects do, and the gap report does.
 *
 * Source: the idempotent receiver of Hohpe and Woolf, with the low-water mark of a version vector.
 * Limits: appliers must run at READ COMMITTED, PostgreSQL's default (see `compactInbox`). A source's events must all be
 * noted, also those that need nothing done, or they are reported as missing. One that went to the dead letters holds the
 * watermark until it is replayed.
 */

/** Which event of which source. */
export interface Origin {
  /** The envelope's `source`, `/<region>/<service>`. */
  source: string;
  /** The envelope's `originSequence`: 1, 2, 3, … per source. */
  sequence: number;
}

/**
 * The statement that notes an event as applied: it inserts one row the first time and none when the event was applied
 * before. For use inside the one statement that applies it. Everything given is SQL text: parameters (`$1`) or columns
 * of the relations in `from`, which must have a row for the event to be noted.
 */
export function noteAppliedSql({
  source,
  sequence,
  from,
}: {
  source: string;
  sequence: string;
  from?: string;
}): string {
  return `INSERT INTO inbox (source, sequence)
    SELECT ${source}::text, ${sequence}::bigint${from ? ` FROM ${from}` : ''}
    WHERE NOT EXISTS (
      SELECT FROM inbox_watermark AS mark WHERE mark.source = ${source}::text AND mark.sequence >= ${sequence}::bigint
    )
    ON CONFLICT DO NOTHING`;
}

const NOTE_APPLIED = noteAppliedSql({ source: '$1', sequence: '$2' });

/**
 * Notes an event as applied. True when that was new: then, and in the same transaction, its effect is to be carried out.
 * Of two at once, the second waits for the outcome of the first.
 */
export async function noteApplied(database: Pool | ClientBase, { source, sequence }: Origin): Promise<boolean> {
  const { rowCount } = await database.query(NOTE_APPLIED, [source, sequence]);
  return rowCount === 1;
}

/** Whether an event was applied, as a condition. Everything given is SQL text, as for `noteAppliedSql`. */
export function appliedSql({ source, sequence }: { source: string; sequence: string }): string {
  return `(EXISTS (SELECT FROM inbox WHERE inbox.source = ${source} AND inbox.sequence = ${sequence})
    OR EXISTS (SELECT FROM inbox_watermark AS mark WHERE mark.source = ${source} AND mark.sequence >= ${sequence}))`;
}

export async function alreadyApplied(database: Pool | ClientBase, { source, sequence }: Origin): Promise<boolean> {
  const { rows } = await database.query<{ applied: boolean }>(
    `SELECT ${appliedSql({ source: '$1::text', sequence: '$2::bigint' })} AS applied`,
    [source, sequence],
  );
  return rows[0]?.applied === true;
}
