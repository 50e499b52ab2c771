import { regionShares } from './region-shares.ts';
import { mayWrite, primaryOf, type RoutingTable } from './routing-table.ts';
import type { RegionId, Topology } from './topology.ts';

/**
 * By how much another region's share must be larger before the primary hands over. On the ramps shares cross: without
 * this two regions of almost the same hour would hand over to each other at every look.
 */
const LEAD = 0.1;

/**
 * To whom the primary of follow-the-sun should hand over now: the region of the largest share, when it leads by enough.
 * Undefined when it should keep what it has, and in every other mode. `now` is the wall clock in milliseconds.
 */
export function sunSuccessor(table: RoutingTable, topology: Topology, now: number): RegionId | undefined {
  const primary = primaryOf(table);
  if (table.mode.kind !== 'follow-the-sun' || primary === undefined) return undefined;
  const shares = regionShares(table, topology, now);
  const shareOf = (region: RegionId) => shares[region]?.share ?? 0;
  const [best] = Object.keys(table.regions)
    .filter((region) => region !== primary && couldWrite(table, region))
    .sort((a, b) => shareOf(b) - shareOf(a));
  return best !== undefined && shareOf(best) > shareOf(primary) + LEAD ? best : undefined;
}

/** Whether it would, were it the primary. */
function couldWrite(table: RoutingTable, region: RegionId): boolean {
  return mayWrite({ ...table, mode: { kind: 'active-active' } }, region);
}
