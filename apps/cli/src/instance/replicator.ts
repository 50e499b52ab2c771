import { type RegionId, urlOf } from '@meridian/regions';
import { z } from 'zod';
import type { Session } from '../session.ts';

const replicatorLag = z.looseObject({
  byOrigin: z.record(z.string(), z.looseObject({ behind: z.number().nullish() })),
});

/**
 * Records that the replicator of a region has still to copy, by origin; null where it cannot see the origin's log.
 * `undefined` when it does not answer.
 */
export async function replicatorBehind(
  session: Session,
  region: RegionId,
): Promise<Record<RegionId, number | null> | undefined> {
  const address = session.addresses.regions[region]?.replicator;
  if (!address) return undefined;
  const answer = await session.http.call({ url: `${urlOf(address)}/lag` });
  const lag = answer.ok ? replicatorLag.safeParse(answer.body).data : undefined;
  if (!lag) return undefined;
  return Object.fromEntries(Object.entries(lag.byOrigin).map(([origin, { behind }]) => [origin, behind ?? null]));
}
