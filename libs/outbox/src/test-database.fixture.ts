import { createTestDatabase as createDatabase, type TestDatabase } from '@meridian/testing';
import type pg from 'pg';
import { appendToOutboxSql } from './append-sql.ts';
import { OUTBOX_DDL, OUTBOX_DEPS_DDL, OUTBOX_WRITTEN_FOR_DDL } from './outbox-ddl.ts';
import type { OutboxRow } from './outbox-row.ts';

export type { TestDatabase } from '@meridian/testing';

/** A database of its own in the server of `postgresUrl`, with an outbox. */
export const createTestDatabase = (postgresUrl: string): Promise<TestDatabase> =>
  createDatabase(postgresUrl, OUTBOX_DDL + OUTBOX_DEPS_DDL + OUTBOX_WRITTEN_FOR_DDL);

/** Appends rows to the outbox as one statement. */
export async function append(database: pg.Pool | pg.ClientBase, rows: Partial<OutboxRow>[]): Promise<void> {
  const full = rows.map((row) => ({
    topic: 'orders.v1',
    key: 'k',
    type: 'meridian.order.placed.v1',
    hlc: '0',
    value: {},
    ...row,
  }));
  await database.query(appendToOutboxSql({ rows: 'told.events', from: '(SELECT $1::jsonb AS events) AS told' }), [
    JSON.stringify(full),
  ]);
}

/** Ends the session of every relay of the database, as a restart of the server would. */
export async function cutRelays(pool: pg.Pool): Promise<number> {
  const { rowCount } = await pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE '%-outbox'`,
  );
  return rowCount ?? 0;
}
