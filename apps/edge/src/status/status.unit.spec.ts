import { edgeStatusResponse } from '@meridian/contracts';
import { afterEach, expect, it } from 'vitest';
import { type RunningEdge, startEdge } from '../testing/start-edge.ts';

let running: RunningEdge;
afterEach(() => running.stop());

it('tells of every region what it knows and what it has sent there', async () => {
  // A loaded machine must not look like a sick region here.
  running = await startEdge({ probe: { intervalMs: 50, timeoutMs: 2_000 } });
  await running.ask('/orders/1', { headers: { 'x-client-location': 'Dublin' } });
  const status = edgeStatusResponse.strict().parse(await running.status());
  expect(status).toMatchObject({ state: 'serving', defaultLocation: { lat: 38.95, lon: -77.45 }, inFlight: 0 });
  expect(status.regions.map(({ region, healthy }) => [region, healthy])).toEqual([
    ['us-east', true],
    ['eu-west', true],
    ['ap-southeast', true],
  ]);
  expect(status.regions[1]?.services.map(({ service, requests }) => [service, requests])).toEqual([
    ['user', 0],
    ['catalog', 0],
    ['order', 1],
  ]);
  expect(status.regions[1]?.probeMs).toBeGreaterThan(0);
});

it('is ready when all regions were asked, although none of them answers', async () => {
  running = await startEdge();
  await Promise.all([running.us.stop(), running.eu.stop(), running.ap.stop()]);
  await running.seesHealthy(running.us, false);
  expect((await running.ask('/health/ready')).status).toBe(200);
  expect((await running.ask('/health/live')).status).toBe(200);
  expect((await running.ask('/')).json).toMatchObject({ docs: '/docs/' });
});
