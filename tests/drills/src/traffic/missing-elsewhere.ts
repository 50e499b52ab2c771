import type { RegionId } from '@meridian/regions';
import { ordersHeld, regions } from '@meridian/test-harness';
import { type MissingWrites, missingWrites } from './missing-writes.ts';
import type { SentRequest } from './start-traffic.ts';

/** What the region acknowledged and no other one holds now, looked for in their databases. */
export async function missingElsewhere(
  region: RegionId,
  requests: readonly SentRequest[],
  lostAtMs: number,
): Promise<MissingWrites> {
  const acknowledged = requests.filter((r) => r.outcome === 'ok' && r.servedBy === region);
  const customers = acknowledged.flatMap((r) => r.customerId ?? []);
  const survivors = regions.filter((r) => r !== region);
  const held = await Promise.all(survivors.map((r) => ordersHeld(r, customers)));
  return missingWrites(acknowledged, region, lostAtMs, held.flat());
}
