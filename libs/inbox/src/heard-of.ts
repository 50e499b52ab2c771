import type { ClientBase, Pool } from 'pg';

/**
 * The greatest sequence of each source of a region that came here, by source: applied, or among the dead letters. A region
 * that lost its memory must not number its events below these again.
 */
export async function lastSequencesOf(database: Pool | ClientBase, region: string): Promise<Record<string, number>> {
  const { rows } = await database.query<{ source: string; last: number }>(
    `SELECT source, max(sequence)::float8 AS last
     FROM (SELECT source, sequence FROM inbox UNION ALL SELECT source, sequence FROM inbox_watermark
           UNION ALL SELECT source, sequence FROM dead_letters WHERE sequence IS NOT NULL) AS known
     WHERE source LIKE $1 || '%' GROUP BY source`,
    [`/${region}/`.replaceAll(/[%_\\]/g, '\\$&')],
  );
  return Object.fromEntries(rows.map(({ source, last }) => [source, last]));
}

/**
 * Notes that everything of a source up to `sequence` has its effect here. For whoever has taken its states as a whole,
 * after it had published these.
 */
export async function raiseWatermark(
  database: Pool | ClientBase,
  { source, sequence }: { source: string; sequence: number },
): Promise<void> {
  await database.query(
    `INSERT INTO inbox_watermark AS mark (source, sequence) VALUES ($1, $2)
     ON CONFLICT (source) DO UPDATE SET sequence = greatest(mark.sequence, excluded.sequence)`,
    [source, sequence],
  );
}

/** Of a source that was needed for a while only. */
export async function forgetSource(database: Pool | ClientBase, source: string): Promise<void> {
  await database.query('DELETE FROM inbox WHERE source = $1', [source]);
  await database.query('DELETE FROM inbox_watermark WHERE source = $1', [source]);
}
