export {
  atService,
  createProduct,
  type OrderToPlace,
  placeOrder,
  registerUser,
  runner,
  type UserToRegister,
  viaEdge,
  wan,
} from './clients.ts';
export { compose, composeSet, docker, type Ended, meridian, meridianJson, meridianJsonWithin } from './containers.ts';
export { type Digest, digestsOf, expectConvergence, type MeasuredLag, measuredLags } from './convergence.ts';
export { copyAggregate } from './copy-aggregate.ts';
export { type DeadLetter, deadLetters } from './dead-letters.ts';
export { deployment } from './deployment.config.ts';
export {
  heal,
  kill,
  killNine,
  linksBetween,
  type ProcessState,
  partition,
  processes,
  processNamed,
  restart,
  signal,
} from './faults.ts';
export {
  type HeldOrder,
  type HeldStock,
  type HeldUser,
  inEveryRegion,
  ordersHeld,
  stockHeld,
  usersHeld,
} from './held.ts';
export { type HeldRow, holdRow } from './hold-row.ts';
export { type Answer, type Call, http } from './http.ts';
export { judgeOrders, type OrderVerdict } from './judge-orders.ts';
export { judgeStock, type StockVerdict } from './judge-stock.ts';
export { judgeUsers, type UserVerdict } from './judge-users.ts';
export { knownEverywhere } from './known-everywhere.ts';
export { canReadUsage, type ProcessUsage, processUsage, proportionalBytes } from './process-usage.ts';
export { eventsApplied, replayFromZero } from './replay.ts';
export { sql } from './sql.ts';
export { addresses, directedPairs, placeIn, regions, repositoryRoot, TEST_PORT_OFFSET, topology } from './system.ts';
export { type ToldSince, toldSince } from './told-since.ts';
export { findSpans, type SeenSpan, spansOf } from './traces.ts';
export { startUserWorkload, type UserOperation } from './user-workload.ts';
export { type EventsApplied, watchEventsApplied } from './watch-events-applied.ts';
export { type Outcome, type Pace, pause, type Workload } from './work-until-stopped.ts';
export { type Operation, startWorkload } from './workload.ts';
