import { readFileSync } from 'node:fs';
import { createTestDatabase, type TestDatabase } from '@meridian/testing';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { Database } from '../persistence/database.ts';
import { LossStore } from './loss-store.ts';

const DDL = new URL('../../prisma/migrations/20261129160000_losses/migration.sql', import.meta.url);
let database: TestDatabase;
let store: LossStore;
beforeAll(async () => {
  database = await createTestDatabase(inject('postgresUrl'), readFileSync(DDL, 'utf8'));
  store = new LossStore({ pool: database.pool } as Database);
});
afterAll(() => database.drop());

it('a service that did not answer is noted when it does, and what was noted before stands', async () => {
  const loss = { region: 'us-east', epoch: 3, decidedAtMs: 1_000 };
  await store.note({ ...loss, applied: { user: 4, catalog: null, order: 7 } });
  expect(await store.isNoted('us-east', 3)).toBe(false);
  await store.note({ ...loss, decidedAtMs: 2_000, applied: { user: 40, catalog: 5, order: null } });
  expect(await store.isNoted('us-east', 3)).toBe(true);
  expect(await store.latest('us-east')).toMatchObject({
    decidedAtMs: 1_000,
    applied: { user: 4, catalog: 5, order: 7 },
  });
});
