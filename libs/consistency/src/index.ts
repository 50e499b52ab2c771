/**
 * What a client may ask of a read or a write in a system whose regions lag behind each other, and how a region tells
 * whether it can give it. Pure: the token, the horizons, and the decision as data. Who asks, waits and forwards is
 * `@meridian/replication`.
 */
export { missingRegions, type Partitions, stalenessMs } from './coverage.ts';
export { homeOf } from './home-of.ts';
export {
  appliedHorizon,
  type Hold,
  type Horizons,
  holdHorizon,
  type PartitionHorizon,
  reachHorizon,
  releaseHorizon,
} from './horizons.ts';
export { CONSISTENCY_LEVELS, type ConsistencyLevel, parseLevel } from './level.ts';
export { afterLocalWrite, afterRemoteWrite, NO_DEPS, type RowDeps, tokenOfRow } from './row-deps.ts';
export { decideServing, type Serving, type ServingRefusal, type Standing } from './serving.ts';
export { stampHorizons } from './stamp-horizons.ts';
export {
  type DecodedToken,
  decodeToken,
  EMPTY_TOKEN,
  encodeToken,
  isEmptyToken,
  joinTokens,
  type Needs,
  needsOf,
  type Token,
  type TokenEntry,
  type TokenRefusal,
  tokenOf,
  tokenOfNeeds,
} from './token.ts';
export {
  compareTransactions,
  isTransactionNumber,
  laterTransaction,
  type TransactionNumber,
} from './transaction-number.ts';
