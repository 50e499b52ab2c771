import '@meridian/telemetry/register';
import { currentTraceparent, setTraceMode } from '@meridian/telemetry';
import { trace } from '@opentelemetry/api';
import { afterEach, expect, it } from 'vitest';
import { inProcessSpan } from './process-span.ts';
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
