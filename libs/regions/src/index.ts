export {
  type Address,
  type Addresses,
  EDGE,
  hostPort,
  type LinkPurpose,
  type RegionAddresses,
  SERVICE_NAMES,
  type ServiceName,
  urlOf,
  type WanLink,
  wanLink,
} from './addresses.ts';
export { composeAddresses } from './compose-addresses.ts';
export { decidingRegions } from './deciding-regions.ts';
export { addressesIn, DEPLOYMENTS, type Deployment } from './deployment.ts';
export { distanceKm } from './distance.ts';
export { type LocalAddresses, localAddresses } from './local-addresses.ts';
export {
  chooseRegions,
  type HealthTable,
  type RankedRegion,
  type RoutingDecision,
  type RoutingReason,
  rankRegions,
} from './routing.ts';
export {
  firstRoutingTable,
  type Mode,
  type ModeKind,
  mayRead,
  mayWrite,
  primaryOf,
  REGION_STATES,
  type RegionEntry,
  type RegionState,
  type RoutingTable,
  routingTable,
} from './routing-table.ts';
export {
  type Link,
  oneWayMs,
  otherRegionIds,
  type Place,
  parseTopology,
  type Region,
  type RegionId,
  regionIds,
  regionOf,
  rttMs,
  type Topology,
} from './topology.ts';
