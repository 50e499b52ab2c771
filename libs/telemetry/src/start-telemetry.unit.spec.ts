import { setTimeout as pause } from 'node:timers/promises';
import { context, propagation, SpanKind, type Tracer, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  contextFromTraceparent,
  currentTraceId,
  currentTraceparent,
  inSpan,
  shutdownTelemetry,
  traceparentOf,
  tracer,
} from './index.ts';
import { startTelemetry } from './start-telemetry.ts';

const exporter = new InMemorySpanExporter();
const begin = (ratio: number) =>
  startTelemetry({
    serviceName: 'order',
    region: 'eu-west',
    ratio,
    processors: [new SimpleSpanProcessor({ exporter })],
  });
const exported = () => exporter.getFinishedSpans();
const SAMPLED = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const UNSAMPLED = SAMPLED.replace(/01$/, '00');
/** Asked for anew: a tracer stays with the provider under which it was first used, and each test has its own. */
let of: Tracer;

beforeEach(() => {
  exporter.reset();
  of = tracer('test');
});
afterEach(() => {
  trace.disable();
  context.disable();
  propagation.disable();
});

describe('the decision to record', () => {
  it('is that of the region where the trace began: recorded there, recorded here', async () => {
    begin(0);
    await inSpan(of, 'apply', {}, () => {}, contextFromTraceparent(SAMPLED));
    expect(exported()).toHaveLength(1);
    expect(exported()[0]?.parentSpanContext?.spanId).toBe('00f067aa0ba902b7');
    expect(exported()[0]?.spanContext().traceId).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
  });

  it('not recorded there, not recorded here, and said so to whoever comes next', async () => {
    begin(1);
    const onward = await inSpan(of, 'apply', {}, () => currentTraceparent(), contextFromTraceparent(UNSAMPLED));
    expect(exported()).toHaveLength(0);
    expect(onward).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-00$/);
  });

  it('falls by ratio where a trace begins, and holds for its children', async () => {
    begin(0);
    const recording = await inSpan(of, 'place', {}, (outer) =>
      inSpan(of, 'reserve', {}, (inner) => [outer.isRecording(), inner.isRecording()]),
    );
    expect(recording).toEqual([false, false]);
    expect(exported()).toHaveLength(0);
  });

  it('leaves an unrecorded trace its id, which the caller is told', async () => {
    begin(0);
    expect(await inSpan(of, 'place', {}, () => currentTraceId())).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('inSpan', () => {
  it('is the parent of what happens inside, also after waiting', async () => {
    begin(1);
    await inSpan(of, 'outer', { kind: SpanKind.SERVER }, async (outer) => {
      await pause(1);
      expect(currentTraceparent()).toBe(traceparentOf(outer));
      await inSpan(of, 'inner', {}, () => {});
    });
    const [inner, outer] = exported();
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
  });

  it('marks a failure by its kind, tells nothing of its text, and passes it on', async () => {
    begin(1);
    const failing = inSpan(of, 'register', {}, () => {
      throw new RangeError('jane@example.com is taken');
    });
    await expect(failing).rejects.toThrow('jane@example.com');
    expect(exported()[0]?.status).toEqual({ code: 2 });
    expect(exported()[0]?.attributes).toEqual({ 'error.type': 'RangeError' });
    expect(exported()[0]?.events).toEqual([]);
  });
});

it('says which service and region a span comes from', async () => {
  begin(1);
  await inSpan(of, 'x', {}, () => {});
  expect(exported()[0]?.resource.attributes).toMatchObject({ 'service.name': 'order', 'cloud.region': 'eu-west' });
});

it('without an SDK runs the work all the same and has no trace to speak of', async () => {
  expect(await inSpan(of, 'x', {}, () => [currentTraceparent(), currentTraceId()])).toEqual([undefined, undefined]);
});

it('stops once and without complaint, also when nothing was started', async () => {
  begin(1);
  await shutdownTelemetry();
  await shutdownTelemetry();
});
