import { type DATABASE_NAMES, hostPort, type RegionId } from '@meridian/regions';
import { eventually } from '@meridian/testing';
import pg from 'pg';
import { addresses } from './system.ts';

export interface HeldRow {
  /** Resolves when another statement waits for it: whoever sent that is in the middle of it. */
  untilWaitedFor(withinMs: number): Promise<void>;
  letGo(): Promise<void>;
}

/** Locks what a statement selects (`… FOR UPDATE`) until let go. */
export async function holdRow(
  region: RegionId,
  database: (typeof DATABASE_NAMES)[number],
  text: string,
  values: unknown[],
): Promise<HeldRow> {
  const regional = addresses.regions[region];
  if (!regional) throw new Error(`There is no region "${region}".`);
  const connectionString = `postgresql://meridian:meridian@${hostPort(regional.postgres)}/${database}`;
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query('BEGIN');
  const { rowCount } = await client.query(text, values);
  if (rowCount === 0) {
    await client.end();
    throw new Error(`No row was held by ${text}`);
  }
  return {
    async untilWaitedFor(withinMs) {
      await eventually(
        async () => {
          // Of pg_stat_activity a transaction goes on seeing what it saw first, without who has connected since.
          const { rowCount } = await client.query(
            'SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))',
          );
          if (rowCount === 0) throw new Error('nothing waits for the row');
        },
        { withinMs, everyMs: 10 },
      );
    },
    async letGo() {
      await client.query('ROLLBACK');
      await client.end();
    },
  };
}
