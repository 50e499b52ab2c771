import { randomUUID } from 'node:crypto';
import pg from 'pg';

export interface TestDatabase {
  url: string;
  /** For the test itself; what is tested opens its own connections by `url`. */
  pool: pg.Pool;
  drop(): Promise<void>;
}

/** A database of its own in the server of `postgresUrl`, with the tables that `ddl` makes. */
export async function createTestDatabase(postgresUrl: string, ddl: string): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  await onServer(postgresUrl, `CREATE DATABASE ${name}`);
  const pool = new pg.Pool({ connectionString: url.href, max: 12 });
  // A test that ends sessions ends idle ones of this pool, too.
  pool.on('error', () => undefined);
  await pool.query(ddl);
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
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
