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
  WRITTEN_OFF,
  writeOff,
} from './bounded-counter.ts';
export { type Fact, joinFact, joinFacts } from './fact.ts';
export {
  joinMultiValue,
  type MultiValue,
  multiValueOf,
  newlyConcurrent,
  type Version,
  writeMultiValue,
} from './multi-value-register.ts';
export {
  addToSet,
  collectRemoved,
  EMPTY_SET,
  elementsOf,
  joinSets,
  keepRemovals,
  noteComplete,
  type OrSet,
  overriddenRemovals,
  removalsIn,
  removeFromSet,
  replaceElements,
} from './or-set.ts';
export { type Overridden, overriddenRegisters } from './overridden-registers.ts';
export { addToCounter, countOf, EMPTY_PN_COUNTER, joinPnCounters, type PnCounter } from './pn-counter.ts';
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
