import { type RebuildReport, rebuildReport } from '@meridian/contracts';
import type pg from 'pg';

/** Whether this database has its data, and what its last rebuild found. */
export async function readJoined(pool: pg.Pool): Promise<{ report: RebuildReport | null } | undefined> {
  const { rows } = await pool.query<{ report: unknown }>('SELECT report FROM joined');
  return rows[0] && { report: rebuildReport.nullable().parse(rows[0].report) };
}

/** `report` is null where there was nothing to get back. */
export async function markJoined(pool: pg.Pool, report: RebuildReport | null): Promise<void> {
  await pool.query('INSERT INTO joined (report) VALUES ($1) ON CONFLICT DO NOTHING', [
    report && JSON.stringify(report),
  ]);
}
