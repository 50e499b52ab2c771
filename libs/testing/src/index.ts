export { eventually, type Patience } from './eventually.ts';
export { freePort } from './free-port.ts';
export { seededRandom } from './seeded-random.ts';
export {
  type CompareVersions,
  checkCausalOrder,
  checkSessionGuarantees,
  type SessionGuarantee,
  type SessionOperation,
  type SessionViolation,
} from './session-history.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
