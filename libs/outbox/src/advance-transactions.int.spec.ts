import { createTestDatabase, type TestDatabase } from '@meridian/testing';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { advanceTransactions } from './advance-transactions.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase(inject('postgresUrl'), '');
});
afterAll(() => database.drop());

const next = async () => {
  const { rows } = await database.pool.query<{ tx: string }>('SELECT pg_current_xact_id()::text AS tx');
  return BigInt(rows[0]?.tx ?? 0);
};

it('the next transaction is not below the horizon that others were promised', async () => {
  const horizon = (await next()) + 50_000n;
  const startedMs = performance.now();
  const used = await advanceTransactions(database.pool, String(horizon));
  console.log(`${used} transaction numbers used up in ${Math.round(performance.now() - startedMs)} ms`);
  expect(await next()).toBeGreaterThanOrEqual(horizon);
});

it('a horizon that is behind uses up nothing', async () => {
  expect(await advanceTransactions(database.pool, '0')).toBe(0);
  expect(await advanceTransactions(database.pool, '3')).toBe(0);
});

it('so many that it would take hours are refused, with what does it at once', async () => {
  const far = 3n << 32n;
  await expect(advanceTransactions(database.pool, String(far))).rejects.toThrow('pg_resetwal -e 4');
});
