import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { INBOX_DDL } from './inbox-ddl.ts';

export interface TestDatabase {
  url: string;
  pool: pg.Pool;
  drop(): Promise<void>;
}

/** A database of its own in the server of `postgresUrl`, with an inbox. */
export async function createTestDatabase(postgresUrl: string): Promise<TestDatabase> {
  const name = `inbox_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  await onServer(postgresUrl, `CREATE DATABASE ${name}`);
  const pool = new pg.Pool({ connectionString: url.href, max: 12 });
  pool.on('error', () => undefined);
  await pool.query(INBOX_DDL);
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
