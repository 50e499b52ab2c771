import { distanceKm } from './distance.ts';
import type { Place, RegionId, Topology } from './topology.ts';

/**
 * Which region serves a client. Problem: the answer must be the same wherever it is computed and must never be "none"
 * while a region is left that could be tried. So it is a pure function of two things that are known locally, the
 * distance and a health table: no service is asked while a request waits, and a lost control plane changes nothing
 * (static stability).
 *
 * Distance on the sphere stands for latency. It is coarse (cables are not great circles), but it needs no measurement,
 * does not flap, and orders regions that are thousands of kilometres apart correctly.
 */

export interface RankedRegion {
  region: RegionId;
  distanceKm: number;
}

/** Whether a region can be used now, as far as is known here. A region that is not listed cannot. */
export type HealthTable = Readonly<Record<RegionId, boolean>>;

/**
 * Why the first candidate is first. `nearest`: nothing is nearer. `nearer-unhealthy`: something is, but is not healthy.
 * `none-healthy`: every region is reported unhealthy, and as the report itself may be what is broken, the nearest is
 * tried all the same (fail open).
 */
export type RoutingReason = 'nearest' | 'nearer-unhealthy' | 'none-healthy';

export interface RoutingDecision {
  /** Regions in the order to try them; never empty. */
  candidates: readonly RankedRegion[];
  reason: RoutingReason;
  /** Regions nearer than the first candidate that are not healthy. */
  passedOver: readonly RegionId[];
}

/** All regions with their distance, nearest first; at equal distance in the order of the topology. Worth caching by place. */
export function rankRegions(topology: Topology, client: Place): RankedRegion[] {
  return topology.regions
    .map((region) => ({ region: region.id, distanceKm: distanceKm(client, region.location) }))
    .sort((a, b) => a.distanceKm - b.distanceKm);
}

export function chooseRegions(ranked: readonly RankedRegion[], health: HealthTable): RoutingDecision {
  const candidates = ranked.filter(({ region }) => health[region] === true);
  const first = candidates[0];
  if (!first) return { candidates: ranked, reason: 'none-healthy', passedOver: [] };
  if (first === ranked[0]) return { candidates, reason: 'nearest', passedOver: [] };
  const passedOver = ranked.slice(0, ranked.indexOf(first)).map(({ region }) => region);
  return { candidates, reason: 'nearer-unhealthy', passedOver };
}
