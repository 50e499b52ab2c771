import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followRecord, inSpan, TRACE_MODES, type TraceMode, tracer } from './index.ts';
import { startTelemetry } from './start-telemetry.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const SAMPLED = `00-${TRACE}-${SPAN}-01`;
const exporter = new InMemorySpanExporter();

/** The span of a process that takes up a record sent by `SAMPLED`. */
async function take(
  mode: TraceMode,
  { ratio = 1, traceparent = SAMPLED }: { ratio?: number; traceparent?: string } = {},
) {
  startTelemetry({ serviceName: 'order', ratio, mode, processors: [new SimpleSpanProcessor({ exporter })] });
  const { parent, links } = followRecord(traceparent);
  await inSpan(tracer('test'), 'process', { links }, () => {}, parent);
  return exporter.getFinishedSpans()[0];
}

beforeEach(() => exporter.reset());
afterEach(() => {
  startTelemetry({ serviceName: 'order', ratio: 1 });
  trace.disable();
  context.disable();
  propagation.disable();
});

describe('what takes up a record', () => {
  it('child: is in the trace of what sent it, and nothing points back', async () => {
    const span = await take('child');
    expect(span?.spanContext().traceId).toBe(TRACE);
    expect(span?.parentSpanContext?.spanId).toBe(SPAN);
    expect(span?.links).toEqual([]);
  });

  it('link: begins a trace of its own, which points back', async () => {
    const span = await take('link');
    expect(span?.spanContext().traceId).not.toBe(TRACE);
    expect(span?.parentSpanContext).toBeUndefined();
    expect(span?.links.map((l) => [l.context.traceId, l.context.spanId])).toEqual([[TRACE, SPAN]]);
  });

  it('both: is in the trace of what sent it, and points back', async () => {
    const span = await take('both');
    expect(span?.spanContext().traceId).toBe(TRACE);
    expect(span?.parentSpanContext?.spanId).toBe(SPAN);
    expect(span?.links.map((l) => [l.context.traceId, l.context.spanId])).toEqual([[TRACE, SPAN]]);
  });
});

it.each(TRACE_MODES)(
  '%s: what follows from a recorded trace is recorded, whatever the ratio for new ones',
  async (mode) => {
    expect(await take(mode, { ratio: 0 })).toBeDefined();
  },
);

it('link: what follows from an unrecorded trace falls by ratio, as any new trace', async () => {
  expect(await take('link', { ratio: 0, traceparent: SAMPLED.replace(/01$/, '00') })).toBeUndefined();
});

it.each(TRACE_MODES)('%s: a record without a trace is followed by nothing', async (mode) => {
  startTelemetry({ serviceName: 'order', ratio: 1, mode });
  expect(followRecord(undefined)).toEqual({ parent: ROOT_CONTEXT, links: [] });
  expect(followRecord('nonsense')).toEqual({ parent: ROOT_CONTEXT, links: [] });
});
