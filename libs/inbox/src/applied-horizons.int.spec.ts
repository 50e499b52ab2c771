import { missingRegions } from '@meridian/consistency';
import { createTestDatabase, type TestDatabase } from '@meridian/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { AppliedHorizons } from './applied-horizons.ts';
import { noteDeadLetter } from './dead-letters.ts';
import { DEAD_LETTERS_DDL } from './dead-letters-ddl.ts';
import { HORIZON_DDL } from './horizon-ddl.ts';

const source = '/us-east/order';
let database: TestDatabase;
let horizons: AppliedHorizons;

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresUrl'), HORIZON_DDL + DEAD_LETTERS_DDL);
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.pool.query('TRUNCATE horizon, horizon_hold, dead_letters');
  horizons = new AppliedHorizons(database.pool);
});

/** The process ends, and another one begins with what was written down. */
async function restarted(): Promise<AppliedHorizons> {
  const next = new AppliedHorizons(database.pool);
  await next.load();
  return next;
}
const isCovered = (number: string, of = horizons) =>
  missingRegions({ 'us-east': number }, { here: 'eu-west', horizons: of.of('order'), partitions: [0] }).length === 0;

describe('what was reached', () => {
  it('is known by service, region and partition', () => {
    horizons.reach(source, 0, { horizon: '10', atMs: 5 });
    horizons.reach('/us-east/user', 0, { horizon: '99', atMs: 5 });
    expect(horizons.of('order')).toEqual({ 'us-east': { 0: { reached: '10', atMs: 5, holds: [] } } });
  });

  it('survives a restart once it was written down, and is never more than was reached', async () => {
    horizons.reach(source, 0, { horizon: '18446744073709551615', atMs: 1_764_000_000_123 });
    expect((await restarted()).of('order')).toEqual({});
    await horizons.write();
    expect((await restarted()).of('order')).toEqual(horizons.of('order'));
  });

  it('does not go back when a process that is behind writes it down', async () => {
    horizons.reach(source, 0, { horizon: '9', atMs: 1 });
    const ahead = new AppliedHorizons(database.pool);
    ahead.reach(source, 0, { horizon: '10', atMs: 2 });
    await ahead.write();
    await horizons.write();
    expect((await restarted()).of('order')).toEqual({ 'us-east': { 0: { reached: '10', atMs: 2, holds: [] } } });
  });

  it('wakes who waits for it, and nobody when nothing has changed', async () => {
    horizons.reach(source, 0, { horizon: '10', atMs: 5 });
    const startedMs = performance.now();
    const woken = horizons.untilChange(10_000);
    horizons.reach(source, 0, { horizon: '11', atMs: 5 });
    await woken;
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    const late = horizons.untilChange(50);
    horizons.reach(source, 0, { horizon: '11', atMs: 5 });
    const before = performance.now();
    await late;
    expect(performance.now() - before).toBeGreaterThan(30);
  });
});

describe('a record that was passed without being applied', () => {
  const record = 'us-east.orders.v1/0/7';
  beforeEach(async () => {
    horizons.reach(source, 0, { horizon: '10', atMs: 5 });
    await horizons.hold(source, 0, record);
    horizons.reach(source, 0, { horizon: '20', atMs: 9 });
  });

  it('holds the horizon, also over a restart that nothing else was written down for', async () => {
    expect([isCovered('9'), isCovered('10')]).toEqual([true, false]);
    const next = await restarted();
    next.reach(source, 0, { horizon: '20', atMs: 9 });
    expect([isCovered('9', next), isCovered('10', next)]).toEqual([true, false]);
  });

  it('holds it once, however often it comes', async () => {
    await horizons.hold(source, 0, record);
    expect((await database.pool.query('SELECT FROM horizon_hold')).rowCount).toBe(1);
    expect(horizons.of('order')['us-east']?.[0]?.holds).toHaveLength(1);
  });

  it('lets it go when it is let go elsewhere', async () => {
    await horizons.write();
    expect(isCovered('19')).toBe(false);
    await database.pool.query('DELETE FROM horizon_hold');
    await horizons.write();
    expect(isCovered('19')).toBe(true);
    expect((await restarted()).of('order')).toMatchObject({ 'us-east': { 0: { reached: '20', holds: [] } } });
  });

  it('lets it go when its dead letter was replayed, and not before', async () => {
    await noteDeadLetter(database.pool, {
      ...{ topic: 'us-east.orders.v1', partition: 0, offset: '7', key: null, source, sequence: 1, type: null },
      ...{ traceId: null, reason: 'no', attempts: 5, at: new Date(), letter: { partition: 0, offset: '0' } },
    });
    await horizons.write();
    expect(isCovered('19')).toBe(false);
    await database.pool.query('UPDATE dead_letters SET replayed_at = now()');
    await horizons.write();
    expect(isCovered('19')).toBe(true);
  });

  it('is not passed when the database does not take it', async () => {
    await database.pool.query('ALTER TABLE horizon_hold RENAME TO gone');
    await expect(horizons.hold(source, 0, 'another')).rejects.toThrow('horizon_hold');
    await database.pool.query('ALTER TABLE gone RENAME TO horizon_hold');
    expect(horizons.of('order')['us-east']?.[0]?.holds).toMatchObject([{ record }]);
  });
});
