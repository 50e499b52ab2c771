import { randomUUID } from 'node:crypto';
import {
  createProduct,
  expectConvergence,
  kill,
  knownEverywhere,
  type Operation,
  processes,
  regions,
  restart,
  sql,
  startWorkload,
  viaEdge,
} from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const LOST = 'eu-west';
const sku = `LOSS-${randomUUID().slice(0, 8).toUpperCase()}`;
const hold = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe(`every process of ${LOST} is killed under writes`, () => {
  let history: Operation[] = [];

  beforeAll(async () => {
    await createProduct('us-east', sku, Object.fromEntries(regions.map((r) => [r, 100_000])));
    await knownEverywhere(`/products/${sku}`);
  });

  afterAll(async () => {
    const down = (await processes()).some((p) => p.region === LOST && p.state !== 'running');
    if (down) await restart(LOST);
  });

  it('the edge serves its clients from the other regions within 5 s', async () => {
    const workload = startWorkload({ regions: [LOST], sku, clients: 4, everyMs: 20, patienceMs: 20_000 });
    await hold(1_000);
    const killedAt = performance.now();
    await kill(LOST);
    await hold(8_000);
    history = await workload.stop();

    const after = history.filter((o) => o.endedAtMs > killedAt).sort((a, b) => a.endedAtMs - b.endedAtMs);
    const firstElsewhere = after.find((o) => o.outcome === 'ok' && o.servedBy !== LOST);
    expect(firstElsewhere, 'an order served by another region').toBeDefined();
    const servedAfterMs = (firstElsewhere as Operation).endedAtMs - killedAt;
    const slowestMs = Math.max(...after.map((o) => o.endedAtMs - o.startedAtMs));
    console.log(
      `  served elsewhere ${Math.round(servedAfterMs)} ms after the kill; slowest order ${Math.round(slowestMs)} ms; ` +
        `${after.length} orders after the kill, ${after.filter((o) => o.attempts > 1).length} sent again by the client`,
    );
    expect(servedAfterMs).toBeLessThan(5_000);
    expect(history.filter((o) => o.outcome !== 'ok')).toEqual([]);
    expect(after.length).toBeGreaterThan(100);
  });

  it('I1, I2: it comes back, catches up, and all regions are equal', async () => {
    const started = performance.now();
    await restart(LOST);
    const digests = await expectConvergence(60_000);
    console.log(`  equal again ${Math.round(performance.now() - started)} ms after the restart was asked for`);
    expect(digests.order.aggregates).toBeGreaterThanOrEqual(history.length);
    for (const region of regions) {
      const rows = await sql<{ id: string }>(region, 'order', 'SELECT id FROM orders WHERE id = ANY($1::uuid[])', [
        history.map((o) => o.orderId),
      ]);
      expect(rows.length, `acknowledged orders in ${region}`).toBe(history.length);
    }
    await eventually(
      async () => {
        expect((await viaEdge(LOST, `/products/${sku}`)).headers['x-meridian-region']).toBe(LOST);
      },
      { withinMs: 10_000 },
    );
  });
});
