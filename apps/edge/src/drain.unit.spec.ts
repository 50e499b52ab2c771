import { eventually } from '@meridian/testing';
import { Client } from 'undici';
import { expect, it } from 'vitest';
import { startEdge } from './testing/start-edge.ts';

it('finishes what it has begun, takes nothing new and closes kept connections when it stops', async () => {
  const running = await startEdge({ drainMs: 2_000 });
  let finish = () => {};
  running.us.behaviour = (_request, response) => {
    finish = () => response.end('late');
  };
  const idle = new Client(`http://127.0.0.1:${running.port}`);
  await (await idle.request({ method: 'GET', path: '/health/live' })).body.dump();

  const inFlight = running.ask('/orders/1');
  await eventually(() => expect(running.us.seen.length).toBe(1), { withinMs: 500 });
  const stopping = running.edge.stop();
  await eventually(() => expect(fetch(`http://127.0.0.1:${running.port}/health/live`)).rejects.toThrow(), {
    withinMs: 500,
  });
  finish();
  const answer = await inFlight;
  expect(answer).toMatchObject({ status: 200, text: 'late' });
  expect(answer.headers.connection).toBe('close');
  const startedMs = performance.now();
  await stopping;
  expect(performance.now() - startedMs).toBeLessThan(500);
  await idle.destroy();
  await running.stop();
});

it('cuts off what has not finished by the end of the drain', async () => {
  const running = await startEdge({
    drainMs: 150,
    proxy: { firstTryTimeoutMs: 5_000, upstreamTimeoutMs: 5_000, stickySessions: false, newerTableMs: 300 },
  });
  running.us.behaviour = 'hang';
  const inFlight = expect(running.ask('/orders/1')).rejects.toThrow();
  await eventually(() => expect(running.us.seen.length).toBe(1), { withinMs: 500 });
  const startedMs = performance.now();
  await running.edge.stop();
  expect(performance.now() - startedMs).toBeLessThan(600);
  await inFlight;
  await running.stop();
});
