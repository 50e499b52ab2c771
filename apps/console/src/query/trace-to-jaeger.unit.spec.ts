import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { spanOf } from '../fixtures/spans.fixture.ts';
import { otlpRequest } from '../receive/otlp-schema.ts';
import { otlpToSpans } from '../receive/otlp-to-spans.ts';
import { TraceStore } from '../store/trace-store.ts';
import { type JaegerTrace, traceToJaeger } from './trace-to-jaeger.ts';

const fixture = (name: string) => JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8'));
const large = { maxBytes: 1_000_000, maxTraceBytes: 1_000_000 };

describe('the same export, asked of the console and of Jaeger 2.13', () => {
  const store = new TraceStore(large);
  store.add(otlpToSpans(otlpRequest.parse(fixture('otlp-request.json'))).spans);
  const stored = store.get('4bf92f3577b34da6a3ce929d0e0e4736');
  const ours = stored && (JSON.parse(JSON.stringify(traceToJaeger(stored))) as JaegerTrace);
  const [theirs] = fixture('jaeger-answer.json').data as JaegerTrace[];

  /** Jaeger gives spans in no order, and the names `p1`, `p2`, … by that. */
  const comparable = ({ spans, processes, ...rest }: JaegerTrace) => ({
    ...rest,
    spans: spans
      .map(({ processID, ...span }) => ({ ...span, process: processes[processID] }))
      .sort((a, b) => a.spanID.localeCompare(b.spanID)),
  });

  it('is answered alike, member by member', () => {
    expect(theirs?.spans).toHaveLength(5);
    expect(ours && comparable(ours)).toEqual(theirs && comparable(theirs));
  });

  it('is answered with the same members in the same order', () =>
    expect(Object.keys(ours?.spans[0] ?? {})).toEqual(Object.keys(theirs?.spans[0] ?? {})));
});

it('tells the process of each span, one for all exports of it', () => {
  const store = new TraceStore(large);
  store.add([spanOf(1, 1), spanOf(1, 2), spanOf(1, 3, { process: { serviceName: 'edge', tags: [] } })]);
  const trace = traceToJaeger(store.get(spanOf(1, 1).traceId) as never);
  expect(trace.spans.map((s) => s.processID)).toEqual(['p1', 'p1', 'p2']);
  expect(Object.values(trace.processes).map((p) => p.serviceName)).toEqual(['order', 'edge']);
});

it('gives spans in the order of their start, however they arrived', () => {
  const store = new TraceStore(large);
  store.add([spanOf(1, 3), spanOf(1, 1), spanOf(1, 2)]);
  const { spans } = traceToJaeger(store.get(spanOf(1, 1).traceId) as never);
  expect(spans.map((s) => Number(s.spanID))).toEqual([1, 2, 3]);
});

it('says that a trace is not whole, and what is missing', () => {
  const store = new TraceStore({ maxBytes: 100_000, maxTraceBytes: 3_000 });
  store.add([1, 2, 3, 4, 5].map((n) => spanOf(1, n)));
  const kept = store.get(spanOf(1, 1).traceId);
  const { spans, warnings } = traceToJaeger(kept as never);
  expect(spans.length).toBeGreaterThan(0);
  expect(spans.length).toBeLessThan(5);
  expect(warnings).toEqual([expect.stringContaining(`not whole: ${5 - spans.length} span`)]);
});
