import '@meridian/telemetry/register';
import { randomUUID } from 'node:crypto';
import { eventually } from '@meridian/testing';
import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type ControlRegion, type ControlRegions, startControlRegions } from './control-regions.fixture.ts';

const exporter = new InMemorySpanExporter();
let world: ControlRegions;
beforeAll(async () => {
  // The context that requests are followed by stays that of `register`; spans go where the test can read them.
  trace.disable();
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
  world = await startControlRegions(inject('postgresUrl'));
  await eventually(
    async () => {
      for (const region of world.regions) expect((await region.status()).votesAfter).toBe(0);
    },
    { withinMs: 8_000 },
  );
});
afterAll(() => world.stop());

it('a decision is one trace, from the command to the services of every region; what goes on every second is in none', async () => {
  const traceId = randomUUID().replaceAll('-', '');
  const [usEast] = world.regions as [ControlRegion];
  const command = { kind: 'set-weight', region: 'eu-west', weight: 0.5 };
  const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
  expect((await usEast.post('/commands', { command }, headers)).status).toBe(200);

  const spans = () => exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === traceId);
  const named = (name: string) => spans().filter((span) => span.name === name);
  await eventually(() => expect(named('PUT /epoch').length).toBeGreaterThanOrEqual(9), { withinMs: 5_000 });
  expect(named('decide epoch')[0]?.attributes).toMatchObject({
    'meridian.epoch': 1,
    'meridian.epoch.ballot': '1.us-east',
    'meridian.epoch.votes': 2,
    'meridian.epoch.attempts': 1,
    'meridian.epoch.outcome': 'won',
  });
  expect(named('POST /epochs/:epoch/accept').length).toBe(2);

  const others = exporter.getFinishedSpans().filter((span) => span.spanContext().traceId !== traceId);
  expect(others.map((span) => span.name)).toEqual([]);
});
