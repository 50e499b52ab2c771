export { eventually, type Patience } from './eventually.ts';
export { freePort } from './free-port.ts';
export { requestsDue } from './pace.ts';
export { seededRandom } from './seeded-random.ts';
export { latencyMs, servedAgainAfterMs, type TimedRequest } from './served-again.ts';
export {
  type CompareVersions,
  checkCausalOrder,
  checkSessionGuarantees,
  type SessionGuarantee,
  type SessionOperation,
  type SessionViolation,
} from './session-history.ts';
export { openLoop, type Shop, type ShopKind, type ShopRequest, shopRequest } from './shop-load.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
export { writePage } from './write-page.ts';
