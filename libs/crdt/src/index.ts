export {
  type BoundedCounter,
  EMPTY_COUNTER,
  grant,
  joinCounters,
  move,
  type RightsDecision,
  reclaim,
  refund,
  rightsOf,
  spend,
  totalRights,
} from './bounded-counter.ts';
export { type Fact, joinFact, joinFacts } from './fact.ts';
export { type Overridden, overriddenRegisters } from './overridden-registers.ts';
export type { RegionId } from './region-id.ts';
export {
  concurrentRegisters,
  joinRegister,
  joinRegisters,
  type Register,
  sawWrite,
  type WriteStamp,
  writeRegister,
} from './register.ts';
export { sameJson } from './same-json.ts';
