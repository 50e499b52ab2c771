import { randomUUID } from 'node:crypto';
import {
  createProduct,
  expectConvergence,
  killNine,
  type Operation,
  regions,
  sql,
  startWorkload,
  viaEdge,
} from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import { beforeAll, describe, expect, it } from 'vitest';

/**
 * Hypothesis: any single process may die at any instant, and no acknowledged write is lost and no order made twice.
 * Fault: SIGKILL, each kind of process five times, in another region each time, while clients in all regions place orders.
 * Observed: the history of every order as its client knows it (ok, fail, info). Invariants: I1, I2, I4.
 */
const KILLS_PER_KIND = 5;
const regional = ['order', 'catalog', 'user', 'replicator', 'kafka', 'postgres'];
const global = ['wan', 'edge', 'console'];
const sku = `KILL-${randomUUID().slice(0, 8).toUpperCase()}`;

describe('kill -9 of each kind of process, five times, under writes', () => {
  beforeAll(async () => {
    await createProduct('us-east', sku, Object.fromEntries(regions.map((r) => [r, 1_000_000])));
    await eventually(
      async () => {
        for (const region of regions) expect((await viaEdge(region, `/products/${sku}`)).status).toBe(200);
      },
      { withinMs: 15_000 },
    );
  });

  it.each([...regional, ...global])('%s: 0 lost, 0 doubled', async (kind) => {
    const workload = startWorkload({ regions, sku, clients: 2, everyMs: 150, patienceMs: 30_000 });
    const backMs: number[] = [];
    for (let i = 0; i < KILLS_PER_KIND; i += 1) {
      const name = global.includes(kind) ? kind : `${regions[i % regions.length]}/${kind}`;
      const placedBefore = workload.history.length;
      backMs.push(await killNine(name));
      // The next kill hits a system that is writing again, not one that is still on its knees.
      await eventually(async () => expect(workload.history.length).toBeGreaterThan(placedBefore + 20), {
        withinMs: 30_000,
        everyMs: 50,
      });
    }
    const history = await workload.stop();
    await expectConvergence(60_000);

    const of = (outcome: Operation['outcome']) => history.filter((o) => o.outcome === outcome);
    expect(of('fail')).toEqual([]);
    for (const region of regions) {
      const rows = await sql<{ id: string; customer_id: string }>(
        region,
        'order',
        'SELECT id, customer_id FROM orders WHERE customer_id = ANY($1::uuid[])',
        [history.map((o) => o.customerId)],
      );
      const held = new Set(rows.map((r) => r.id));
      const lost = of('ok').filter((o) => !held.has(o.orderId as string));
      const perCustomer = new Map<string, number>();
      for (const row of rows) perCustomer.set(row.customer_id, (perCustomer.get(row.customer_id) ?? 0) + 1);
      const doubled = [...perCustomer.values()].filter((n) => n > 1);
      expect({ region, lost: lost.length, doubled: doubled.length }).toEqual({ region, lost: 0, doubled: 0 });
    }
    const slowest = Math.max(...history.map((o) => o.endedAtMs - o.startedAtMs));
    console.log(
      `  ${kind}: back after ${backMs.map((ms) => Math.round(ms)).join(', ')} ms; ${of('ok').length} ok, ` +
        `${of('info').length} unknown; slowest order ${Math.round(slowest)} ms`,
    );
  });
});
