import { type DATABASE_NAMES, hostPort, type RegionId } from '@meridian/regions';
import pg from 'pg';
import { addresses } from './system.ts';

/** One statement in a database of one region: a service's, or its control's. */
export async function sql<Row extends pg.QueryResultRow>(
  region: RegionId,
  database: (typeof DATABASE_NAMES)[number],
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const regional = addresses.regions[region];
  if (!regional) throw new Error(`There is no region "${region}".`);
  const client = new pg.Client({
    connectionString: `postgresql://meridian:meridian@${hostPort(regional.postgres)}/${database}`,
  });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}
