import type { RegionId } from '@meridian/regions';
import { ordersHeld, regions } from '@meridian/test-harness';
import { type MissingWrites, missingWrites } from './missing-writes.ts';
import type { SentRequest } from './start-traffic.ts';

/**
 * What the region acknowledged and none of `elsewhere` holds now, looked for in their databases. Without `elsewhere` all others
 * are meant, as when it is lost; in a hand-over it is the next primary.
 */
export async function missingElsewhere(
  region: RegionId,
  requests: readonly SentRequest[],
  lostAtMs: number,
  elsewhere: readonly RegionId[] = regions.filter((r) => r !== region),
): Promise<MissingWrites> {
  const acknowledged = requests.filter((r) => r.outcome === 'ok' && r.servedBy === region);
  const customers = acknowledged.flatMap((r) => r.customerId ?? []);
  const held = await Promise.all(elsewhere.map((r) => ordersHeld(r, customers)));
  return missingWrites(acknowledged, region, lostAtMs, held.flat());
}
