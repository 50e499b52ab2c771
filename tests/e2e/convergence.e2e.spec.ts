import { randomUUID } from 'node:crypto';
import { oneWayMs } from '@meridian/regions';
import {
  createProduct,
  expectConvergence,
  measuredLags,
  placeOrder,
  regions,
  registerUser,
  topology,
  viaEdge,
} from '@meridian/test-harness';
import { eventually, seededRandom } from '@meridian/testing';
import { beforeAll, describe, expect, it } from 'vitest';

const SEED = Number(process.env.SEED ?? Date.now() % 100_000);
const random = seededRandom(SEED);
const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;

const run = randomUUID().slice(0, 8).toUpperCase();
const unitsPerRegion = Object.fromEntries(regions.map((region) => [region, 10_000]));

async function inBatches<T>(items: T[], size: number, work: (item: T) => Promise<void>): Promise<void> {
  for (let i = 0; i < items.length; i += size) await Promise.all(items.slice(i, i + size).map(work));
}

describe(`writes at random in three regions (SEED=${SEED})`, () => {
  const skus = Array.from({ length: 200 }, (_, i) => `E2E-${run}-${i}`);
  const orderable = skus.slice(0, 10);

  beforeAll(async () => {
    await inBatches(orderable, 10, async (sku) => {
      expect((await createProduct(pick(regions), sku, unitsPerRegion)).status).toBe(201);
    });
    await eventually(
      async () => {
        for (const region of regions)
          for (const sku of orderable) expect((await viaEdge(region, `/products/${sku}`)).status).toBe(200);
      },
      { withinMs: 15_000 },
    );
  });

  it('I1: 200 orders, 200 users and 200 products, changed where they please, are equal in all regions at the end', async () => {
    const orders: string[] = [];
    const users: string[] = [];
    await inBatches(
      Array.from({ length: 200 }, (_, i) => i),
      20,
      async (i) => {
        const region = pick(regions);
        const order = await placeOrder(region, { sku: pick(orderable), quantity: 1 + Math.floor(random() * 3) });
        // 200 where the edge had no answer in time and sent it again: the first attempt had been carried out.
        expect([200, 201], JSON.stringify(order.body)).toContain(order.status);
        orders.push(order.body.id);

        const user = await registerUser(pick(regions), `Person ${i}`);
        expect(user.status, JSON.stringify(user.body)).toBe(201);
        users.push(user.body.id);

        const sku = skus[i] as string;
        if (!orderable.includes(sku)) {
          const product = await createProduct(pick(regions), sku, unitsPerRegion);
          expect(product.status, JSON.stringify(product.body)).toBe(201);
        }
      },
    );

    // Second writes, from another region than the first where they are known already: 404 where they are not yet is right.
    const answers: number[] = [];
    await inBatches(orders.slice(0, 60), 20, async (id) => {
      const step = pick(['pay', 'cancel']);
      const body = step === 'pay' ? { paymentReference: randomUUID() } : { reason: 'changed my mind' };
      answers.push((await viaEdge(pick(regions), `/orders/${id}/${step}`, { method: 'POST', body })).status);
    });
    await inBatches(users.slice(0, 60), 20, async (id) => {
      // The same person from two regions at once: the later write wins in every region.
      const changes = [pick(regions), pick(regions)].map((region, i) =>
        viaEdge(region, `/users/${id}`, { method: 'PATCH', body: { name: `Renamed ${i} ${id.slice(0, 4)}` } }),
      );
      for (const { status } of await Promise.all(changes)) answers.push(status);
    });
    expect(answers.filter((status) => ![200, 404, 409].includes(status))).toEqual([]);
    expect(answers.filter((status) => status === 200).length).toBeGreaterThan(100);

    const digests = await expectConvergence(30_000);
    expect(digests.order.aggregates).toBeGreaterThanOrEqual(200);
    expect(digests.user.aggregates).toBeGreaterThanOrEqual(200);
    expect(digests.catalog.aggregates).toBeGreaterThanOrEqual(200);
  });

  it('no event was applied sooner after its commit than the link allows', async () => {
    const lags = await measuredLags();
    expect(new Set(lags.map((l) => `${l.service} ${l.origin}->${l.destination}`)).size).toBe(18);
    const tooFast = lags.filter((l) => l.minMs < oneWayMs(topology, topology.defaultProfile, l.origin, l.destination));
    expect(tooFast).toEqual([]);
    const order = lags.filter((l) => l.service === 'order');
    console.log(
      order
        .map((l) => {
          const floor = oneWayMs(topology, topology.defaultProfile, l.origin, l.destination);
          return `  ${l.origin} -> ${l.destination}: min ${l.minMs.toFixed(1)}, p50 ${l.p50Ms.toFixed(1)}, p99 ${l.p99Ms.toFixed(1)} ms (RTT/2 ${floor} ms)`;
        })
        .join('\n'),
    );
  });
});
