import pg from 'pg';

/** Creates the databases that are not there. `databaseUrl` names one that is. */
export async function ensureDatabases(databaseUrl: string, databases: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 2_000 });
  // A server killed while it is asked breaks the connection beside any query, too.
  client.on('error', () => undefined);
  await client.connect();
  try {
    for (const database of databases) await ensureDatabase(client, database);
  } finally {
    await client.end();
  }
}

export async function ensureDatabase(client: pg.Client, database: string): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
  if (rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)}`);
}
