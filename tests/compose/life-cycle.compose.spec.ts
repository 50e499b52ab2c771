import { randomUUID } from 'node:crypto';
import {
  createProduct,
  kill,
  knownEverywhere,
  meridian,
  meridianJson,
  placeOrder,
  regions,
  restart,
} from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** A smoke set: the life of a region by the commands of this machine, where the processes are containers. */
const [primary, successor] = regions as [string, string];
const sku = `LIFE-${randomUUID().slice(0, 8).toUpperCase()}`;
let areDown = false;

const servedBy = async (near: string) => {
  const { status, headers } = await placeOrder(near, { sku });
  return { status, by: headers['x-meridian-region'] };
};

beforeAll(async () => {
  expect((await createProduct(primary, sku, Object.fromEntries(regions.map((r) => [r, 1_000])))).status).toBe(201);
  await knownEverywhere(`/products/${sku}`);
});

afterAll(async () => {
  // Whatever failed: the specs after this one find every region in traffic.
  if (areDown) await restart(primary);
  await meridian('mode', 'active-active');
  for (const region of [primary, successor]) {
    await meridian('region', 'activate', region);
    await meridian('failback', region, '--hold', '1');
  }
});

it('active-passive: orders of every region are written at the primary', async () => {
  const { table } = await meridianJson('mode', 'active-passive', '--primary', primary);
  expect(table.mode).toEqual({ kind: 'active-passive', primary });
  await eventually(async () => expect(await servedBy(successor)).toEqual({ status: 201, by: primary }), {
    withinMs: 15_000,
  });
});

it('a region that is evacuated and fails back has lost nothing', async () => {
  const evacuated = await meridianJson('evacuate', successor);
  expect(evacuated).toMatchObject({ rpo: { writes: 0 }, table: { regions: { [successor]: { state: 'evacuated' } } } });
  const back = await meridianJson('failback', successor, '--hold', '1');
  expect(back.table.regions[successor]).toMatchObject({ state: 'active', weight: 1 });
  console.log(`  evacuated in ${evacuated.seconds} s, back after ${back.seconds} s`);
});

it('a primary whose containers are killed is failed over, and its successor takes orders', async () => {
  areDown = true;
  await kill(primary);
  const { table, steps } = await meridianJson('failover', primary, '--to', successor);
  expect(table).toMatchObject({ mode: { primary: successor }, regions: { [primary]: { state: 'failed' } } });
  expect(await servedBy(primary)).toEqual({ status: 201, by: successor });
  console.log(
    `  failed over: ${steps.map((s: { step: string; tookMs: number }) => `${s.step} ${s.tookMs} ms`).join(', ')}`,
  );
});

it('it comes back by failback, and all regions are equal', async () => {
  await restart(primary);
  areDown = false;
  const back = await meridianJson('failback', primary, '--hold', '1');
  expect(back.table.regions[primary]).toMatchObject({ state: 'active', weight: 1 });
  await meridianJson('mode', 'active-active');
  expect((await meridian('verify')).code).toBe(0);
});
