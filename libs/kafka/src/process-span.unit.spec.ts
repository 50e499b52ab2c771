import '@meridian/telemetry/register';
import { currentTraceparent, setTraceMode } from '@meridian/telemetry';
import { trace } from '@opentelemetry/api';
import { afterEach, expect, it } from 'vitest';
import { beginProcessSpan, inProcessSpan } from './process-span.ts';
import type { IncomingRecord } from './record.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const SAMPLED = `00-${TRACE}-${SPAN}-01`;

const sentBy = (traceparent: string): IncomingRecord => ({
  ...{ topic: 'eu-west.orders.v1', partition: 0, offset: '7', key: null, value: null, headers: {}, timestampMs: 0 },
  rawHeaders: [['traceparent', Buffer.from(traceparent)]],
});

interface Seen {
  links: { context: { traceId: string; spanId: string } }[];
  parentSpanContext?: { spanId: string };
  attributes: Record<string, unknown>;
  ended: boolean;
  spanContext(): { traceId: string };
}

afterEach(() => setTraceMode('child'));

it.each([
  ['child', { inTrace: true, parent: SPAN, links: [] }],
  ['link', { inTrace: false, parent: undefined, links: [[TRACE, SPAN]] }],
  ['both', { inTrace: true, parent: SPAN, links: [[TRACE, SPAN]] }],
] as const)('MERIDIAN_TRACE_MODE=%s: how a record is tied to what sent it', async (mode, expected) => {
  setTraceMode(mode);
  const span = (await inProcessSpan(sentBy(SAMPLED), 'order', async () => trace.getActiveSpan())) as unknown as Seen;
  expect({
    inTrace: span.spanContext().traceId === TRACE,
    parent: span.parentSpanContext?.spanId,
    links: span.links.map((l) => [l.context.traceId, l.context.spanId]),
  }).toEqual(expected);
});

it.each(['child', 'link', 'both'] as const)('%s: an unrecorded trace is handed on as it came', async (mode) => {
  setTraceMode(mode);
  const unsampled = SAMPLED.replace(/01$/, '00');
  expect(await inProcessSpan(sentBy(unsampled), 'order', async () => currentTraceparent())).toBe(unsampled);
});

it('records that are handled together have a span each, which says how many they were and is told once it is ended', () => {
  const other = SAMPLED.replace(TRACE, TRACE.replace('4', '5'));
  const all = [SAMPLED, other].map((traceparent) => beginProcessSpan(sentBy(traceparent), 'order', 2));
  const spans = all.map(({ inSpan }) => inSpan(() => trace.getActiveSpan()) as unknown as Seen);
  expect(spans.map((span) => span.spanContext().traceId)).toEqual([TRACE, TRACE.replace('4', '5')]);
  expect(spans[0]?.attributes['messaging.batch.message_count']).toBe(2);
  all[0]?.end();
  expect(spans.map(({ ended }) => ended)).toEqual([true, false]);
});

it('one of them without a recorded trace begins no span, and the trace is handed on', () => {
  const unsampled = SAMPLED.replace(/01$/, '00');
  const { inSpan, end } = beginProcessSpan(sentBy(unsampled), 'order', 2);
  expect(inSpan(() => currentTraceparent())).toBe(unsampled);
  end();
});
