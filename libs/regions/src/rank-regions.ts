import { distanceKm } from './distance.ts';
import type { Place, RegionId, Topology } from './topology.ts';

export interface RankedRegion {
  region: RegionId;
  distanceKm: number;
}

/**
 * All regions with their distance, nearest first; at equal distance in the order of the topology. Worth caching by place.
 *
 * Distance on the sphere stands for latency. It is coarse (cables are not great circles), but it needs no measurement,
 * does not flap, and orders regions that are thousands of kilometres apart correctly.
 */
export function rankRegions(topology: Topology, client: Place): RankedRegion[] {
  return topology.regions
    .map((region) => ({ region: region.id, distanceKm: distanceKm(client, region.location) }))
    .sort((a, b) => a.distanceKm - b.distanceKm);
}
