import { eventually } from '@meridian/testing';
import { afterEach, expect, it } from 'vitest';
import { type RunningEdge, startEdge } from '../testing/start-edge.ts';

// The probes may be slow here, which is what is measured; they must not put the region out.
const probe = { intervalMs: 50, timeoutMs: 5_000 };
const fromDublin = { headers: { 'x-client-location': 'Dublin' } };
let running: RunningEdge;
afterEach(() => running.stop());

it('sends a client to another region when the way to the nearest has become slow, where latency decides', async () => {
  running = await startEdge({ probe, geo: 'latency' });
  running.eu.probeDelayMs = 300;
  await eventually(
    async () => expect((await running.ask('/orders', fromDublin)).headers['x-meridian-region']).not.toBe('eu-west'),
    { withinMs: 4_000, everyMs: 50 },
  );
  expect((await running.status()).regions[1]?.healthy).toBe(true);
});

it('lets distance decide otherwise, however slow the way is', async () => {
  running = await startEdge({ probe });
  running.eu.probeDelayMs = 300;
  await eventually(async () => expect((await running.status()).regions[1]?.probeMs).toBeGreaterThan(100), {
    withinMs: 4_000,
    everyMs: 50,
  });
  expect((await running.ask('/orders', fromDublin)).headers['x-meridian-region']).toBe('eu-west');
});
