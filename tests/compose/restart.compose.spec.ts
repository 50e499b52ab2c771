import { randomUUID } from 'node:crypto';
import {
  compose,
  createProduct,
  docker,
  expectConvergence,
  knownEverywhere,
  type Operation,
  regions,
  startWorkload,
} from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import { beforeAll, expect, it } from 'vitest';

/** Acceptance 4: everything may be restarted under writes, one after the other, and nothing acknowledged is lost. */
const sku = `AGAIN-${randomUUID().slice(0, 8).toUpperCase()}`;

/** By the container's own probe, run now: the engine runs it every five seconds. */
async function healthy(service: string): Promise<void> {
  const id = await compose('ps', '--all', '--quiet', service);
  const [, ...probe] = JSON.parse(await docker('inspect', '--format', '{{json .Config.Healthcheck.Test}}', id));
  await eventually(() => docker('exec', id, ...probe), { withinMs: 90_000, everyMs: 200 });
}

beforeAll(async () => {
  expect((await createProduct('us-east', sku, Object.fromEntries(regions.map((r) => [r, 100_000])))).status).toBe(201);
  await knownEverywhere(`/products/${sku}`);
});

it('docker compose restart of each service under writes: all regions are equal after, every order in all of them', async () => {
  const services = (await compose('config', '--services')).split('\n').filter((name) => !name.endsWith('-prepare'));
  expect(services.length).toBe(24);
  const workload = startWorkload({ regions, sku, clients: 1, everyMs: 250, patienceMs: 60_000 });
  const started = performance.now();
  for (const service of services) {
    await compose('restart', service);
    await healthy(service);
  }
  const history: Operation[] = await workload.stop();
  const acknowledged = history.filter((o) => o.outcome === 'ok');
  console.log(
    `  ${services.length} services restarted in ${Math.round((performance.now() - started) / 1000)} s; ` +
      `${acknowledged.length} of ${history.length} orders acknowledged, ${history.filter((o) => o.attempts > 1).length} sent again`,
  );
  expect(acknowledged.length).toBeGreaterThan(100);
  expect(history.filter((o) => o.outcome !== 'ok')).toEqual([]);
  const { order } = await expectConvergence(60_000);
  expect(order.aggregates).toBeGreaterThanOrEqual(acknowledged.length);
}, 600_000);
