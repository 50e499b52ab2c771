import { LOST_AFTER_LOOKS, type Mode } from '@meridian/regions';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type ControlRegion, type ControlRegions, startControlRegions } from '../control-regions.fixture.ts';

/** Four looks that are not answered take a second each, and the votes on it a few. */
const MISSED_WITHIN_MS = 12_000;
const AUTOMATIC: Mode = { kind: 'active-passive', primary: 'us-east', automatic: true };

let world: ControlRegions;
const at = (i: number) => world.regions[i] as ControlRegion;
const missedBy = async (i: number) => (await at(i).status()).primarySeen?.missed;

beforeAll(async () => {
  world = await startControlRegions(inject('postgresUrl'));
});
afterAll(() => world.stop());

it('nobody watches a primary whose mode does not say so', async () => {
  const { automatic, ...byHand } = AUTOMATIC as Extract<Mode, { kind: 'active-passive' }>;
  await eventually(async () => expect((await at(0).command({ kind: 'set-mode', mode: byHand })).status).toBe(200), {
    withinMs: 8_000,
  });
  await eventually(async () => expect((await at(1).status()).table.epoch).toBe(1), { withinMs: 3_000 });
  expect((await at(1).status()).primarySeen).toBeNull();
  expect(automatic).toBe(true);
});

it('where it does, the others look at it and find that it serves', async () => {
  expect(await at(0).command({ kind: 'set-mode', mode: AUTOMATIC })).toMatchObject({
    ...{ status: 200, table: { epoch: 2, reason: expect.stringContaining('failing over by itself') } },
  });
  await eventually(async () => expect([await missedBy(1), await missedBy(2)]).toEqual([0, 0]), { withinMs: 8_000 });
  expect((await at(0).status()).primarySeen).toBeNull();
});

it('a region that is cut off misses the primary for ever, and fails nobody', async () => {
  at(2).isCut = true;
  await eventually(async () => expect(await missedBy(2)).toBeGreaterThan(LOST_AFTER_LOOKS), {
    withinMs: MISSED_WITHIN_MS,
  });
  expect([(await at(0).status()).table.epoch, (await at(2).status()).table.epoch]).toEqual([2, 2]);
  expect(await missedBy(1)).toBe(0);
  at(2).isCut = false;
  await eventually(async () => expect(await missedBy(2)).toBe(0), { withinMs: 8_000 });
});

it('a primary that is cut off is failed once, by who has most of its events, who begins after its lease is over', async () => {
  at(1).applied = { '/us-east/order': 7, '/ap-southeast/order': 99 };
  at(2).applied = { '/us-east/order': 8 };
  at(0).isCut = true;
  await eventually(
    async () => {
      for (const i of [1, 2]) expect((await at(i).status()).table.mode).toMatchObject({ primary: 'ap-southeast' });
    },
    { withinMs: MISSED_WITHIN_MS },
  );
  const { table } = await at(1).status();
  expect(table).toMatchObject({ epoch: 3, regions: { 'us-east': { state: 'failed' } } });
  expect(table.reason).toBe('fail us-east, which eu-west and ap-southeast have missed');
  await eventually(async () => expect((await at(2).status()).leaseMs).not.toBeNull(), { withinMs: 8_000 });

  const leases = (i: number) => at(i).told.order.filter(({ leaseMs }) => leaseMs !== undefined);
  const overAtMs = Math.max(...leases(0).map(({ sentAtMs, leaseMs }) => (sentAtMs ?? 0) + (leaseMs ?? 0)));
  await eventually(() => expect(leases(2)).not.toEqual([]), { withinMs: 3_000 });
  expect(leases(2)[0]?.atMs).toBeGreaterThan(overAtMs);
});

it('and each of the others has noted what it had of it at that moment, for a report that nobody asked for then', async () => {
  const noted = async (i: number) => (await at(i).get('/losses/us-east')).body;
  await eventually(
    async () => {
      expect(await noted(1)).toMatchObject({ region: 'us-east', epoch: 3, notedBy: 'eu-west' });
      expect(await noted(1)).toMatchObject({ applied: { user: 0, catalog: 0, order: 7 } });
      expect(await noted(2)).toMatchObject({ epoch: 3, notedBy: 'ap-southeast', applied: { order: 8 } });
    },
    { withinMs: 3_000 },
  );
  // What comes later was missing then.
  at(1).applied = { '/us-east/order': 20 };
  await at(1).kill();
  await at(1).start();
  expect(await noted(1)).toMatchObject({ applied: { order: 7 } });
  expect((await at(1).get('/losses/ap-southeast')).status).toBe(404);
});

it('and stays failed when it is back: nothing fails back by itself', async () => {
  at(0).isCut = false;
  await eventually(async () => expect((await at(0).status()).table.epoch).toBe(3), { withinMs: 8_000 });
  await eventually(async () => expect(await missedBy(1)).toBe(0), { withinMs: 8_000 });
  for (const i of [0, 1, 2]) expect((await at(i).status()).table).toMatchObject({ epoch: 3 });
});
