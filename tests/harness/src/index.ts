export {
  atService,
  createProduct,
  type OrderToPlace,
  placeOrder,
  registerUser,
  runner,
  viaEdge,
  wan,
} from './clients.ts';
export { compose, docker, type Ended, meridian, meridianJson } from './containers.ts';
export { type Digest, digestsOf, expectConvergence, type MeasuredLag, measuredLags } from './convergence.ts';
export { type DeadLetter, deadLetters } from './dead-letters.ts';
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
} from './faults.ts';
export { type Answer, type Call, http } from './http.ts';
export { sql } from './sql.ts';
export { addresses, directedPairs, placeIn, regions, repositoryRoot, TEST_PORT_OFFSET, topology } from './system.ts';
export { type SeenSpan, spansOf } from './traces.ts';
export { type Operation, type Outcome, startWorkload, type Workload } from './workload.ts';
