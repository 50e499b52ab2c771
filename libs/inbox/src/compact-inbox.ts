import pg from 'pg';

/** Nobody who applies an event waits longer than this because of a compaction. */
const LOCK_TIMEOUT_MS = 200;
const LOCK_NOT_AVAILABLE = '55P03';

export interface Compaction {
  /** Rows taken out of the inbox, as the watermark speaks for them now. */
  removed: number;
  /** True when appliers were too busy to let the watermarks rise; the next call tries again. */
  postponed: boolean;
}

/**
 * Folds the contiguous run of sequences above each source's watermark into it. To be called now and then (every minute
 * or so); calls at once, also from several processes, do no harm.
 *
 * The danger is a duplicate that is being applied meanwhile: its statement may have looked at the watermark before it
 * rose and at the inbox after the row had gone, and would then find the event new. So a watermark rises only under a
 * lock that waits for every running applier and makes those that come later wait; as a statement takes its snapshot
 * after its locks, they see the new watermark. The lock is held for that one statement. The rows are removed after it,
 * in peace.
 */
export async function compactInbox(pool: pg.Pool): Promise<Compaction> {
  const client = await pool.connect();
  try {
    const postponed = !(await raiseWatermarks(client));
    const { rowCount } = await client.query(
      `DELETE FROM inbox USING inbox_watermark AS mark
       WHERE inbox.source = mark.source AND inbox.sequence <= mark.sequence`,
    );
    client.release();
    return { removed: rowCount ?? 0, postponed };
  } catch (failure) {
    client.release(true);
    throw failure;
  }
}

/** False when the lock was not to be had in time. */
async function raiseWatermarks(client: pg.PoolClient): Promise<boolean> {
  // In an unbroken run the n-th sequence above the watermark is watermark + n; behind the first gap all are greater.
  const { rows: runs } = await client.query<{ source: string; sequence: string }>(
    `SELECT source, max(sequence) AS sequence
     FROM (
       SELECT source, inbox.sequence,
              coalesce(mark.sequence, 0) + row_number() OVER (PARTITION BY source ORDER BY inbox.sequence) AS unbroken
       FROM inbox LEFT JOIN inbox_watermark AS mark USING (source)
       WHERE inbox.sequence > coalesce(mark.sequence, 0)
     ) AS above
     WHERE sequence = unbroken
     GROUP BY source`,
  );
  if (runs.length === 0) return true;
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await client.query('LOCK TABLE inbox IN SHARE ROW EXCLUSIVE MODE');
    await client.query(
      `INSERT INTO inbox_watermark AS mark (source, sequence) SELECT * FROM unnest($1::text[], $2::bigint[])
       ON CONFLICT (source) DO UPDATE SET sequence = greatest(mark.sequence, excluded.sequence)`,
      [runs.map((run) => run.source), runs.map((run) => run.sequence)],
    );
    await client.query('COMMIT');
    return true;
  } catch (failure) {
    await client.query('ROLLBACK');
    if (failure instanceof pg.DatabaseError && failure.code === LOCK_NOT_AVAILABLE) return false;
    throw failure;
  }
}
