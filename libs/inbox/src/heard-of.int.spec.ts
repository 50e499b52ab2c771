import { createTestDatabase, type TestDatabase } from '@meridian/testing';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { DEAD_LETTERS_DDL } from './dead-letters-ddl.ts';
import { forgetSource, lastSequencesOf, raiseWatermark } from './heard-of.ts';
import { noteApplied } from './inbox.ts';
import { INBOX_DDL } from './inbox-ddl.ts';
import { readInboxState } from './inbox-state.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase(inject('postgresUrl'), INBOX_DDL + DEAD_LETTERS_DDL);
});
afterAll(() => database.drop());

it('what came of a region is known by source, whether it was applied, folded away or a dead letter', async () => {
  const { pool } = database;
  await noteApplied(pool, { source: '/eu-west/order', sequence: 7 });
  await raiseWatermark(pool, { source: '/eu-west/user', sequence: 40 });
  await pool.query(
    `INSERT INTO dead_letters (topic, partition, "offset", source, sequence, reason, attempts, at, letter_partition, letter_offset)
     VALUES ('eu-west.orders.v1', 0, 1, '/eu-west/order', 9, 'poison', 1, now(), 0, 0)`,
  );
  await noteApplied(pool, { source: '/eu-west-2/order', sequence: 99 });
  expect(await lastSequencesOf(pool, 'eu-west')).toEqual({ '/eu-west/order': 9, '/eu-west/user': 40 });
  expect(await lastSequencesOf(pool, 'eu%')).toEqual({});
});

it('what was taken as a whole is missing nowhere, and a watermark never goes back', async () => {
  const { pool } = database;
  await raiseWatermark(pool, { source: '/us-east/order', sequence: 12 });
  await raiseWatermark(pool, { source: '/us-east/order', sequence: 3 });
  await noteApplied(pool, { source: '/us-east/order', sequence: 13 });
  const state = (await readInboxState(pool)).find(({ source }) => source === '/us-east/order');
  expect(state).toMatchObject({ appliedUpTo: 13, missing: 0 });
  await forgetSource(pool, '/us-east/order');
  expect(await lastSequencesOf(pool, 'us-east')).toEqual({});
});
