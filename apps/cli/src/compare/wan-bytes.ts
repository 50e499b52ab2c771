import type { RegionId } from '@meridian/regions';
import type { LinkState } from '../instance/wan.ts';

/**
 * What has crossed between regions, both ways, by all purposes: replication, calls, control. The links from the edge to a
 * region are left out: how near a client its edge stands, and who pays for that way, no topology of three regions says.
 */
export function crossedBytes(
  links: readonly Pick<LinkState, 'from' | 'to' | 'bytesIn' | 'bytesOut'>[],
  regions: readonly RegionId[],
): number {
  return links
    .filter(({ from, to }) => regions.includes(from) && regions.includes(to))
    .reduce((sum, { bytesIn, bytesOut }) => sum + bytesIn + bytesOut, 0);
}
