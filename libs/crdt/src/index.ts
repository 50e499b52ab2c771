export {
  type BoundedCounter,
  EMPTY_COUNTER,
  grant,
  joinCounters,
  move,
  type RegionId,
  type RightsDecision,
  reclaim,
  refund,
  rightsOf,
  spend,
  totalRights,
} from './bounded-counter.ts';
export { type Fact, joinFact, joinFacts } from './fact.ts';
export { joinRegister, joinRegisters, type Register } from './register.ts';
