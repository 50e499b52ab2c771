import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { OUTBOX_DDL } from './outbox-ddl.ts';
import type { OutboxRow } from './outbox-row.ts';

export interface TestDatabase {
  url: string;
  pool: pg.Pool;
  drop(): Promise<void>;
}

/** A database of its own in the server of `postgresUrl`, with an outbox. */
export async function createTestDatabase(postgresUrl: string): Promise<TestDatabase> {
  const name = `outbox_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  await onServer(postgresUrl, `CREATE DATABASE ${name}`);
  const pool = new pg.Pool({ connectionString: url.href, max: 12 });
  pool.on('error', () => undefined);
  await pool.query(OUTBOX_DDL);
  return {
    url: url.href,
    pool,
    async drop() {
      await pool.end();
      await onServer(postgresUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function onServer(postgresUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  await client.query(statement);
  await client.end();
}

/** Appends rows to the outbox as one statement. */
export async function append(database: pg.Pool | pg.ClientBase, rows: Partial<OutboxRow>[]): Promise<void> {
  const full = rows.map((row) => ({
    topic: 'orders.v1',
    key: 'k',
    type: 'meridian.order.placed.v1',
    hlc: '0',
    ...row,
  }));
  await database.query(
    `INSERT INTO outbox (topic, key, type, hlc, traceparent, value)
     SELECT topic, key, type, hlc, traceparent, coalesce(value, '{}')
     FROM jsonb_to_recordset($1) AS row (topic text, key text, type text, hlc text, traceparent text, value jsonb)`,
    [JSON.stringify(full)],
  );
}

/** Ends the session of every relay of the database, as a restart of the server would. */
export async function cutRelays(pool: pg.Pool): Promise<number> {
  const { rowCount } = await pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE '%-outbox'`,
  );
  return rowCount ?? 0;
}
