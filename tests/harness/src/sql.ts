import { hostPort, type RegionId, type ServiceName } from '@meridian/regions';
import pg from 'pg';
import { addresses } from './system.ts';

/** One statement in a service's database of one region. */
export async function sql<Row extends pg.QueryResultRow>(
  region: RegionId,
  service: ServiceName,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const regional = addresses.regions[region];
  if (!regional) throw new Error(`There is no region "${region}".`);
  const client = new pg.Client({
    connectionString: `postgresql://meridian:meridian@${hostPort(regional.postgres)}/${service}`,
  });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}
