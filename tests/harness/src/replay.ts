import { createKafka } from '@meridian/kafka';
import { hostPort, type RegionId, type ServiceName } from '@meridian/regions';
import { eventually } from '@meridian/testing';
import { kill, restart } from './faults.ts';
import { sql } from './sql.ts';
import { addresses } from './system.ts';

/** The broker counts a member that was killed as one until its session has run out. */
const GROUP_EMPTY_WITHIN_MS = 20_000;

/**
 * Lets a service of a region read everything again from offset 0, as after an operator's mistake. Its inbox is emptied,
 * too: whatever makes the second time harmless has to be the joins themselves. Returns how many events the inbox had.
 */
export async function replayFromZero(region: RegionId, service: ServiceName): Promise<number> {
  const regional = addresses.regions[region];
  if (!regional) throw new Error(`There is no region "${region}".`);
  await kill(`${region}/${service}`);
  const admin = createKafka({ clientId: 'test-harness', brokers: [hostPort(regional.kafka.local)] }).admin();
  try {
    await eventually(() => admin.forgetGroup(service), { withinMs: GROUP_EMPTY_WITHIN_MS, everyMs: 200 });
  } finally {
    await admin.close();
  }
  const before = await eventsApplied(region, service);
  await sql(region, service, 'DELETE FROM inbox');
  await sql(region, service, 'DELETE FROM inbox_watermark');
  await restart(`${region}/${service}`);
  return before;
}

/** Events of other regions and services that a service has applied, each counted once. */
export const EVENTS_APPLIED = `SELECT ((SELECT coalesce(sum(sequence), 0) FROM inbox_watermark)
  + (SELECT count(*) FROM inbox))::float8 AS applied`;

export async function eventsApplied(region: RegionId, service: ServiceName): Promise<number> {
  const [row] = await sql<{ applied: number }>(region, service, EVENTS_APPLIED);
  return row?.applied ?? 0;
}
