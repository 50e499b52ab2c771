import type { ClientBase, Pool } from 'pg';

/** Events of a source that have not been applied here although later ones have. */
export interface Gap {
  source: string;
  firstSequence: number;
  lastSequence: number;
  /** When the first later event was applied: from then on it could be known that these are missing. */
  openSince: Date;
  /** How many of them lie among the dead letters, not yet replayed; the others were lost, or are late. */
  deadLetters: number;
}

/**
 * The gaps, by source and sequence. Young ones are normal, because partitions run side by side and sequences interleave
 * over them; one that stays open means that an event was lost, or lies among the dead letters.
 */
export async function missingSequences(database: Pool | ClientBase, limit = 1_000): Promise<Gap[]> {
  const { rows } = await database.query<Gap>(
    `SELECT source, previous::float8 + 1 AS "firstSequence", sequence::float8 - 1 AS "lastSequence",
            open_since AS "openSince",
            (SELECT count(*)::int FROM dead_letters AS letter
             WHERE letter.source = applied.source AND letter.replayed_at IS NULL
               AND letter.sequence > applied.previous AND letter.sequence < applied.sequence) AS "deadLetters"
     FROM (
       SELECT source, inbox.sequence,
              lag(inbox.sequence, 1, coalesce(mark.sequence, 0)) OVER above AS previous,
              min(inbox.applied_at) OVER (above ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS open_since
       FROM inbox LEFT JOIN inbox_watermark AS mark USING (source)
       WHERE inbox.sequence > coalesce(mark.sequence, 0)
       WINDOW above AS (PARTITION BY source ORDER BY inbox.sequence)
     ) AS applied
     WHERE sequence > previous + 1
     ORDER BY source, sequence
     LIMIT $1`,
    [limit],
  );
  return rows;
}

/**
 * Notes a range as applied although its events never came: for whoever has seen that their effect is here all the same,
 * as a repair does by comparing states. Nothing else may, as a gap that is closed is not told of any more.
 */
export async function closeGap(
  database: Pool | ClientBase,
  { source, firstSequence, lastSequence }: Pick<Gap, 'source' | 'firstSequence' | 'lastSequence'>,
): Promise<number> {
  const { rowCount } = await database.query(
    `INSERT INTO inbox (source, sequence)
     SELECT $1, sequence FROM generate_series($2::bigint, $3::bigint) AS sequence
     WHERE NOT EXISTS (SELECT FROM inbox_watermark AS mark WHERE mark.source = $1 AND mark.sequence >= $3::bigint)
     ON CONFLICT DO NOTHING`,
    [source, firstSequence, lastSequence],
  );
  return rowCount ?? 0;
}
