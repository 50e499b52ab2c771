export { eventually, type Patience } from './eventually.ts';
export { freePort } from './free-port.ts';
export { seededRandom } from './seeded-random.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
