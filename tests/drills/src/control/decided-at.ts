import type { RegionId, RoutingTable } from '@meridian/regions';
import { sql } from '@meridian/test-harness';

/** What the control of a region has noted as decided, by epoch; gaps are allowed. Read around it, from its database. */
export async function decidedAt(region: RegionId): Promise<Map<number, RoutingTable>> {
  const rows = await sql<{ table: RoutingTable }>(
    region,
    'control',
    `SELECT proposal -> 'table' AS table FROM decided`,
  );
  return new Map(rows.map(({ table }) => [table.epoch, table]));
}
