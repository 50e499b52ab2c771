import type { IncomingRecord } from '@meridian/kafka';
import { setTraceMode } from '@meridian/telemetry';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deriveCopySpans, inCopySpans } from './copy-spans.ts';
import { header, incoming } from './incoming.fixture.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SAMPLED = `00-${TRACE}-00f067aa0ba902b7-01`;
const UNSAMPLED = SAMPLED.replace(/01$/, '00');
const link = { origin: 'eu-west', region: 'us-east' };
const exporter = new InMemorySpanExporter();
beforeEach(() => {
  exporter.reset();
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
});
afterEach(() => {
  setTraceMode('child');
  trace.disable();
});

const traced = (traceparent: string, told: Partial<IncomingRecord> = {}) =>
  incoming({ rawHeaders: [header('ce_originseq', '41'), header('traceparent', traceparent)], ...told });

describe('a record whose trace is recorded', () => {
  it('has a span under what sent it, which tells link, origin, sequence and lag', async () => {
    const timestampMs = Date.now() - 500;
    await inCopySpans([traced(SAMPLED, { timestampMs })], link, async () => {});
    const [span, ...others] = exporter.getFinishedSpans();
    expect(others).toEqual([]);
    expect(span).toMatchObject({ name: 'replicate eu-west.orders.v1', kind: SpanKind.CONSUMER });
    expect(span?.spanContext().traceId).toBe(TRACE);
    expect(span?.parentSpanContext?.spanId).toBe('00f067aa0ba902b7');
    expect(span?.attributes).toMatchObject({
      'messaging.system': 'kafka',
      'messaging.destination.name': 'eu-west.orders.v1',
      'messaging.destination.partition.id': '2',
      'meridian.link': 'eu-west->us-east',
      'meridian.origin.region': 'eu-west',
      'meridian.origin.sequence': 41,
    });
    expect(span?.attributes['meridian.lag_ms']).toBeGreaterThanOrEqual(500);
    expect(span?.attributes['meridian.lag_ms']).toBeLessThan(5_000);
  });

  it('has it until the copy is acknowledged', async () => {
    const acknowledged = Promise.withResolvers<void>();
    const copying = inCopySpans([traced(SAMPLED)], link, () => acknowledged.promise);
    expect(exporter.getFinishedSpans()).toEqual([]);
    acknowledged.resolve();
    await copying;
    expect(exporter.getFinishedSpans()).toHaveLength(1);
  });

  it('has it marked as failed, without a lag, when the copy fails', async () => {
    const failing = inCopySpans([traced(SAMPLED)], link, async () => {
      throw new RangeError('refused');
    });
    await expect(failing).rejects.toThrow('refused');
    const [span] = exporter.getFinishedSpans();
    expect(span?.status.code).toBe(SpanStatusCode.ERROR);
    expect(span?.attributes['meridian.lag_ms']).toBeUndefined();
  });

  it('has no sequence when the record names none', async () => {
    await inCopySpans([incoming({ rawHeaders: [header('traceparent', SAMPLED)] })], link, async () => {});
    expect(exporter.getFinishedSpans()[0]?.attributes).not.toHaveProperty('meridian.origin.sequence');
  });
});

it.each([
  ['link', false],
  ['both', true],
] as const)(
  'with MERIDIAN_TRACE_MODE=%s the span points back at what sent the record; in its trace: %s',
  async (mode, isInTrace) => {
    setTraceMode(mode);
    await inCopySpans([traced(SAMPLED)], link, async () => {});
    const [span] = exporter.getFinishedSpans();
    expect(span?.spanContext().traceId === TRACE).toBe(isInTrace);
    expect(span?.links.map((l) => [l.context.traceId, l.context.spanId])).toEqual([[TRACE, '00f067aa0ba902b7']]);
  },
);

it.each([
  ['is not recorded', traced(UNSAMPLED)],
  ['cannot be read', traced('00-nonsense-01')],
  ['is not there', incoming()],
])('a record whose trace %s has no span', async (_how, record) => {
  let copied = false;
  await inCopySpans([record], link, async () => {
    copied = true;
  });
  expect(copied).toBe(true);
  expect(exporter.getFinishedSpans()).toEqual([]);
});

it('of a batch only those are told whose traces are recorded', async () => {
  await inCopySpans([traced(UNSAMPLED), traced(SAMPLED), incoming(), traced(SAMPLED)], link, async () => {});
  expect(exporter.getFinishedSpans()).toHaveLength(2);
});

describe('a copy that somebody else has made', () => {
  it('has a span from when its record was sent, which says that it is derived', () => {
    const timestampMs = Date.now() - 500;
    deriveCopySpans([traced(UNSAMPLED), traced(SAMPLED, { timestampMs }), incoming()], link);
    const [span, ...others] = exporter.getFinishedSpans();
    expect(others).toEqual([]);
    expect(span?.name).toBe('replicate eu-west.orders.v1');
    expect(span?.spanContext().traceId).toBe(TRACE);
    const [startedS, ns] = span?.startTime ?? [0, 0];
    expect(Math.round(startedS * 1_000 + ns / 1e6)).toBe(timestampMs);
    expect(span?.attributes).toMatchObject({ 'meridian.derived': true, 'meridian.link': 'eu-west->us-east' });
    expect(span?.attributes['meridian.lag_ms']).toBeGreaterThanOrEqual(500);
  });

  it('takes no time when its sender has a clock that is ahead', () => {
    deriveCopySpans([traced(SAMPLED, { timestampMs: Date.now() + 60_000 })], link);
    expect(exporter.getFinishedSpans()[0]?.attributes['meridian.lag_ms']).toBe(0);
  });
});
