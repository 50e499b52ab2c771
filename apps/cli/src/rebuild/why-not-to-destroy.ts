import type { RebuildResponse } from '@meridian/contracts';
import type { RegionId, RoutingTable } from '@meridian/regions';

/**
 * Why the data of a region must not be destroyed now, in one sentence; undefined when they may be. The others have to have
 * theirs, all of them, as the region can come back only once it has heard every one. And nobody may be sent to it: what
 * it accepted until then would be lost with it.
 */
export function whyNotToDestroy(
  region: RegionId,
  table: RoutingTable | undefined,
  others: ReadonlyMap<RegionId, readonly (RebuildResponse | undefined)[]>,
): string | undefined {
  for (const [other, rebuilds] of others)
    for (const rebuild of rebuilds) {
      if (!rebuild)
        return `${other} does not answer for all of its services, and ${region} could not be rebuilt without it.`;
      if (rebuild.phase !== 'joined') return `${other} is being rebuilt itself; wait for it.`;
    }
  if (!table) return `No control answers, so that nobody can say whether ${region} is still in use.`;
  const state = table.regions[region]?.state;
  if (state === 'failed' || state === 'evacuated') return undefined;
  return `${region} is ${state}: "meridian region fail ${region}" first, so that nobody is sent there any more.`;
}
