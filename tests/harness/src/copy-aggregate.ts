import type { RegionId, ServiceName } from '@meridian/regions';
import { sql } from './sql.ts';

const TABLES: Record<ServiceName, { table: string; id: string }> = {
  user: { table: 'users', id: 'id' },
  order: { table: 'orders', id: 'id' },
  catalog: { table: 'products', id: 'sku' },
};

/** Gives one region another's state of an aggregate, around the service: mends what a test has broken that way. */
export async function copyAggregate(
  service: ServiceName,
  aggregateId: string,
  from: RegionId,
  to: RegionId,
): Promise<void> {
  const { table, id } = TABLES[service];
  const [row] = await sql<{ state: object }>(from, service, `SELECT state FROM ${table} WHERE ${id}::text = $1`, [
    aggregateId,
  ]);
  if (!row) throw new Error(`${from} knows no ${service} ${aggregateId}.`);
  await sql(to, service, `UPDATE ${table} SET state = $2::jsonb, version = version + 1 WHERE ${id}::text = $1`, [
    aggregateId,
    JSON.stringify(row.state),
  ]);
}
