import { mayWrite, type RoutingTable } from './routing-table.ts';
import type { RegionId } from './topology.ts';

/**
 * The regions among which homes are chosen: those that may write, as a home that takes no writes decides nothing. In a mode
 * with a primary it is that one alone. In the order of names, so that every region sees the same list.
 */
export function decidingRegions(table: RoutingTable): RegionId[] {
  return Object.keys(table.regions)
    .filter((region) => mayWrite(table, region))
    .sort();
}
