import type { ClientBase, Pool } from 'pg';
import { type Gap, missingSequences } from './missing-sequences.ts';

export interface SourceState {
  source: string;
  /** Every sequence up to this one was applied. */
  appliedUpTo: number;
  /** The greatest sequence that was applied. */
  appliedLast: number;
  /** How many between these two are missing. */
  missing: number;
  /** Which ones; not all of them where there are very many. */
  gaps: Gap[];
  openDeadLetters: number;
}

/** What was applied here of each source, and what is missing. Read from the tables, so it is true after a restart, too. */
export async function readInboxState(database: Pool | ClientBase, gapLimit = 100): Promise<SourceState[]> {
  const { rows } = await database.query<Omit<SourceState, 'gaps'>>(
    `WITH above AS (
       SELECT source, inbox.sequence,
              coalesce(mark.sequence, 0) + row_number() OVER (PARTITION BY source ORDER BY inbox.sequence) AS unbroken
       FROM inbox LEFT JOIN inbox_watermark AS mark USING (source)
       WHERE inbox.sequence > coalesce(mark.sequence, 0)
     ),
     letters AS (
       SELECT source, count(*) AS open FROM dead_letters WHERE replayed_at IS NULL AND source IS NOT NULL GROUP BY source
     ),
     applied AS (
       SELECT source,
              greatest(max(mark.sequence), max(above.sequence) FILTER (WHERE above.sequence = unbroken), 0) AS up_to,
              greatest(max(mark.sequence), max(above.sequence), 0) AS last,
              coalesce(max(mark.sequence), 0) + count(above.sequence) AS number
       FROM above FULL JOIN inbox_watermark AS mark USING (source) GROUP BY source
     )
     SELECT source, coalesce(up_to, 0)::float8 AS "appliedUpTo", coalesce(last, 0)::float8 AS "appliedLast",
            coalesce(last - number, 0)::float8 AS missing, coalesce(open, 0)::int AS "openDeadLetters"
     FROM applied FULL JOIN letters USING (source)
     ORDER BY source`,
  );
  const gaps = await missingSequences(database, gapLimit);
  return rows.map((row) => ({ ...row, gaps: gaps.filter((gap) => gap.source === row.source) }));
}
