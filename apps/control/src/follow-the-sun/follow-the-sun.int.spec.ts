import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type ControlRegion, type ControlRegions, startControlRegions } from '../control-regions.fixture.ts';

/** Breakfast in Virginia, noon in Dublin, night in Singapore; and the evening of the same day in Dublin. */
const NOON_IN_DUBLIN = Date.parse('2026-01-14T12:30:00Z');
const EVENING_IN_DUBLIN = Date.parse('2026-01-14T19:30:00Z');

let world: ControlRegions;
const at = (i: number) => world.regions[i] as ControlRegion;
const primaryNow = async () => {
  const { table } = await at(0).status();
  return { primary: table.mode.kind === 'active-active' ? undefined : table.mode.primary, reason: table.reason };
};
const setClock = (primary: string, startsAtMs: number) => {
  const clock = { realStartMs: Date.now(), startsAtMs, speed: 1 };
  return at(0).command({ kind: 'set-mode', mode: { kind: 'follow-the-sun', primary, clock } });
};

beforeAll(async () => {
  world = await startControlRegions(inject('postgresUrl'));
});
afterAll(() => world.stop());

it('the primary hands over to where it is day, and nobody asked it to', async () => {
  await eventually(async () => expect((await setClock('us-east', NOON_IN_DUBLIN)).status).toBe(200), {
    withinMs: 8_000,
  });
  const then = { primary: 'eu-west', reason: 'hand over to eu-west' };
  await eventually(async () => expect(await primaryNow()).toEqual(then), { withinMs: 8_000 });
});

it('and to the next one when the day has gone on', async () => {
  expect((await setClock('eu-west', EVENING_IN_DUBLIN)).status).toBe(200);
  await eventually(async () => expect((await primaryNow()).primary).toBe('us-east'), { withinMs: 10_000 });
});

it('a region that drains is handed nothing, though it is day there', async () => {
  expect((await at(0).command({ kind: 'drain', region: 'eu-west' })).status).toBe(200);
  expect((await setClock('us-east', NOON_IN_DUBLIN)).status).toBe(200);
  const { epoch } = (await at(0).status()).table;
  await eventually(async () => expect((await at(0).status()).leaseMs).not.toBeNull(), { withinMs: 8_000 });
  // The primary holds its lease and has looked since: the same lease is renewed a second later.
  const told = at(0).told.order.length;
  await eventually(() => expect(at(0).told.order.length).toBeGreaterThan(told + 2), { withinMs: 8_000 });
  expect((await at(0).status()).table.epoch).toBe(epoch);
});
