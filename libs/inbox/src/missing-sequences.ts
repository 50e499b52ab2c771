import type { ClientBase, Pool } from 'pg';

/** Events of a source that have not been applied here although later ones have. */
export interface Gap {
  source: string;
  firstSequence: number;
  lastSequence: number;
  /** When the first later event was applied: from then on it could be known that these are missing. */
  openSince: Date;
}

/**
 * The gaps, by source and sequence. Young ones are normal, because partitions run side by side and sequences interleave
 * over them; one that stays open means that an event was lost, or lies among the dead letters.
 */
export async function missingSequences(database: Pool | ClientBase, limit = 1_000): Promise<Gap[]> {
  const { rows } = await database.query<Gap>(
    `SELECT source, previous::float8 + 1 AS "firstSequence", sequence::float8 - 1 AS "lastSequence",
            open_since AS "openSince"
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
