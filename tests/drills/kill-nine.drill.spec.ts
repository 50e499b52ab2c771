import { randomUUID } from 'node:crypto';
import {
  createProduct,
  expectConvergence,
  inEveryRegion,
  judgeOrders,
  judgeStock,
  judgeUsers,
  killNine,
  knownEverywhere,
  ordersHeld,
  regions,
  startUserWorkload,
  startWorkload,
  stockHeld,
  usersHeld,
} from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import { beforeAll, describe, expect, it } from 'vitest';

/**
 * Hypothesis: any single process may die at any instant, and no acknowledged write is lost and none takes effect twice.
 * Fault: SIGKILL, each kind of process three times, in another region each time, while clients in all regions place orders,
 * register users and rename them.
 * Observed: the history of every operation as its client knows it (ok, fail, info), against the rows of every region.
 * Invariants: I1, I2, I4.
 */
const KILLS_PER_KIND = 3;
const UNITS_PER_REGION = 1_000_000;
const regional = ['order', 'catalog', 'user', 'control', 'replicator', 'kafka', 'postgres'];
const global = ['wan', 'edge', 'console'];
const sku = `KILL-${randomUUID().slice(0, 8).toUpperCase()}`;

describe('kill -9 of each kind of process, three times, under writes', () => {
  beforeAll(async () => {
    await createProduct('us-east', sku, Object.fromEntries(regions.map((r) => [r, UNITS_PER_REGION])));
    await knownEverywhere(`/products/${sku}`);
  });

  it.each([...regional, ...global])('%s: 0 lost, 0 doubled', async (kind) => {
    const placing = startWorkload({ regions, sku, clients: 2, everyMs: 150, patienceMs: 30_000 });
    const registering = startUserWorkload({ regions, clients: 1, everyMs: 1_000, patienceMs: 30_000 });
    const placed = () => placing.history.filter((o) => o.outcome === 'ok');
    const renamed = () => registering.history.filter((o) => o.renamed === 'ok');
    const backMs: number[] = [];
    for (let i = 0; i < KILLS_PER_KIND; i += 1) {
      const name = global.includes(kind) ? kind : `${regions[i % regions.length]}/${kind}`;
      const before = { placed: placed().length, renamed: renamed().length };
      backMs.push(await killNine(name));
      // The next kill hits a system that is writing again, not one that is still on its knees.
      await eventually(
        () => {
          expect(placed().length).toBeGreaterThan(before.placed + 20);
          expect(renamed().length).toBeGreaterThan(before.renamed + 2);
        },
        { withinMs: 30_000, everyMs: 50 },
      );
    }
    const [orders, users] = await Promise.all([placing.stop(), registering.stop()]);
    await expectConvergence(60_000);

    expect(orders.filter((o) => o.outcome === 'fail')).toEqual([]);
    expect(users.filter((o) => o.registered === 'fail')).toEqual([]);

    const customerIds = orders.map((o) => o.customerId);
    const heldOrders = await inEveryRegion((region) => ordersHeld(region, customerIds));
    expect(judgeOrders(orders, heldOrders)).toEqual({ lost: [], doubled: [] });

    const stock = await inEveryRegion((region) => stockHeld(region, sku));
    const acknowledged = placed().map((o) => o.orderId as string);
    expect(judgeStock(UNITS_PER_REGION * regions.length, stock, acknowledged)).toEqual({
      ...{ miscounted: [], unreserved: [], oversold: 0 },
    });

    const emails = users.map((o) => o.email);
    const heldUsers = await inEveryRegion((region) => usersHeld(region, emails));
    expect(judgeUsers(users, heldUsers)).toEqual({ lost: [], misnamed: [], doubled: [] });

    const slowest = (operations: { startedAtMs: number; endedAtMs: number }[]) =>
      Math.round(Math.max(...operations.map((o) => o.endedAtMs - o.startedAtMs)));
    console.log(
      `  ${kind}: back after ${backMs.map((ms) => Math.round(ms)).join(', ')} ms; ` +
        `${placed().length} of ${orders.length} orders ok, slowest ${slowest(orders)} ms; ` +
        `${renamed().length} of ${users.length} users registered and renamed ok, slowest ${slowest(users)} ms`,
    );
  });
});
