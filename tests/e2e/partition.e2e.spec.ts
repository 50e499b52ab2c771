import { randomUUID } from 'node:crypto';
import {
  atService,
  createProduct,
  expectConvergence,
  heal,
  knownEverywhere,
  linksBetween,
  type Operation,
  partition,
  placeOrder,
  regions,
  startWorkload,
} from '@meridian/test-harness';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const PARTITION_MS = 20_000;
const sku = `PART-${randomUUID().slice(0, 8).toUpperCase()}`;

/** Holds for as long as the fault lasts, not to wait for something. */
const hold = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('us-east and eu-west are cut off from each other for 20 s, with writes on both sides', () => {
  let history: Operation[] = [];

  beforeAll(async () => {
    await createProduct('us-east', sku, Object.fromEntries(regions.map((r) => [r, 100_000])));
    await knownEverywhere(`/products/${sku}`);
  });

  afterAll(heal);

  it('both sides go on accepting writes, and not one byte crosses', async () => {
    const workload = startWorkload({ regions, sku, clients: 2, everyMs: 50, patienceMs: 15_000 });
    await partition('us-east', 'eu-west');
    const before = await linksBetween('us-east', 'eu-west');
    const duringId = (await placeOrder('us-east', { sku })).body.id;
    await hold(PARTITION_MS);
    const after = await linksBetween('us-east', 'eu-west');
    const bytes = (links: typeof before) => links.map((l) => [l.id, l.bytesIn, l.bytesOut]);
    expect(bytes(after)).toEqual(bytes(before));
    // The third region is reached by both sides all the time; the other side knows nothing of the write yet.
    expect((await atService('ap-southeast', 'order', `/orders/${duringId}`)).status).toBe(200);
    expect((await atService('eu-west', 'order', `/orders/${duringId}`)).status).toBe(404);
    history = await workload.stop();

    expect(history.filter((o) => o.outcome !== 'ok')).toEqual([]);
    for (const region of regions) {
      const mine = history.filter((o) => o.region === region);
      expect(mine.length, `orders from ${region}`).toBeGreaterThan(100);
      expect(mine.filter((o) => o.servedBy !== region).length, `orders of ${region} served elsewhere`).toBe(0);
    }
  });

  it('I1: after the heal all regions are equal', async () => {
    const started = performance.now();
    await heal();
    const digests = await expectConvergence(30_000);
    console.log(
      `  ${history.length} orders during the partition; equal again ${Math.round(performance.now() - started)} ms after the heal`,
    );
    expect(digests.order.aggregates).toBeGreaterThanOrEqual(history.length);
  });

  it('I2: every acknowledged order is in every region', async () => {
    for (const region of regions)
      for (let i = 0; i < history.length; i += 50)
        await Promise.all(
          history.slice(i, i + 50).map(async (o) => {
            expect((await atService(region, 'order', `/orders/${o.orderId}`)).status, `${o.orderId} in ${region}`).toBe(
              200,
            );
          }),
        );
  });
});
