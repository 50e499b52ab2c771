export {
  type Address,
  type Addresses,
  DATABASE_NAMES,
  EDGE,
  hostPort,
  kafkaAddressesFrom,
  type LinkPurpose,
  type RegionAddresses,
  SERVICE_NAMES,
  type ServiceName,
  urlOf,
  type WanLink,
  wanLink,
} from './addresses.ts';
export {
  automaticFailover,
  COOL_DOWN_MS,
  isAutomatic,
  LOST_AFTER_LOOKS,
  type PrimaryView,
} from './automatic-failover.ts';
export { composeAddresses } from './compose-addresses.ts';
export { type CommandDecision, decideCommand, type Refusal, type RefusalReason } from './decide-command.ts';
export { decidingRegions } from './deciding-regions.ts';
export { addressesIn, DEPLOYMENTS, type Deployment } from './deployment.ts';
export { distanceKm } from './distance.ts';
export { type Cell, LIFE_CYCLE, REGION_EVENTS, type RegionEvent } from './life-cycle.ts';
export { type LocalAddresses, localAddresses } from './local-addresses.ts';
export { adoptRtts, type RttTable, rankByRtt } from './rank-by-rtt.ts';
export { type RankedRegion, rankRegions } from './rank-regions.ts';
export { describeCommand, type RegionCommand, regionCommand } from './region-command.ts';
export {
  localHour,
  type RegionShare,
  type RegionShares,
  reduceShare,
  regionShares,
  type ShareReason,
  sunShare,
  timeOf,
} from './region-shares.ts';
export { mostOut, regionsInUse, type Seen } from './regions-in-use.ts';
export {
  type HealthTable,
  type PassedOverReason,
  type RoutingDecision,
  type RoutingQuestion,
  type RoutingReason,
  routeRequest,
} from './route-request.ts';
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
export { comeBack, type Warming, warmShare } from './slow-start.ts';
export { sunSuccessor } from './sun-successor.ts';
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
