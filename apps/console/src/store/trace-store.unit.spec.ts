import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { hex, spanOf, tag } from '../fixtures/spans.fixture.ts';
import { estimateBytes } from './estimate-bytes.ts';
import { TraceStore } from './trace-store.ts';

const MB = 1024 * 1024;
const TRACES = 10_000;
const SPANS_PER_TRACE = 20;

/** 200,000 spans, each with texts of its own, as from JSON. */
function fill(store: TraceStore): { mostBytes: number } {
  let mostBytes = 0;
  for (let trace = 1; trace <= TRACES; trace += 1) {
    const texts = { tags: [tag('db.statement', `SELECT ${trace}`)], process: { serviceName: 'order', tags: [] } };
    const spans = Array.from({ length: SPANS_PER_TRACE }, (_, span) => spanOf(trace, span + 1, texts));
    store.add(JSON.parse(JSON.stringify(spans)));
    mostBytes = Math.max(mostBytes, store.status().bytes);
  }
  return { mostBytes };
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

describe('200,000 spans into a bounded memory', () => {
  const limits = { maxBytes: 16 * MB, maxTraceBytes: MB };
  const store = new TraceStore(limits);
  let mostBytes: number;
  let grownBytes: number;
  beforeAll(() => {
    const before = heapBytes();
    ({ mostBytes } = fill(store));
    grownBytes = heapBytes() - before;
  }, 60_000);

  it('never take more than the bound, and leave only whole traces, the newest', () => {
    const { traces, spans, evictedTraces, droppedSpans } = store.status();
    expect(mostBytes).toBeLessThanOrEqual(limits.maxBytes);
    expect(mostBytes).toBeGreaterThan(0.99 * limits.maxBytes);
    expect({ seen: traces + evictedTraces, droppedSpans }).toEqual({ seen: TRACES, droppedSpans: 0 });
    expect(spans).toBe(traces * SPANS_PER_TRACE);
    const kept = store.newestFirst();
    expect(kept.every((trace) => trace.spans.size === SPANS_PER_TRACE)).toBe(true);
    expect(kept.map((trace) => trace.traceId)).toEqual(Array.from({ length: traces }, (_, i) => hex(32, TRACES - i)));
  });

  it('take no more of the real heap than the estimate says, and not absurdly less', () => {
    const share = grownBytes / store.status().bytes;
    console.log(`of ${store.status().bytes} bytes estimated, ${grownBytes} (${(100 * share).toFixed(0)} %) were taken`);
    expect(share).toBeLessThan(1);
    expect(share).toBeGreaterThan(0.4);
  });
});

describe('which trace leaves', () => {
  const roomFor = (spans: number) => ({
    maxBytes: 512 * spans + spans * estimateBytes(spanOf(1, 1)),
    maxTraceBytes: 512 + spans * estimateBytes(spanOf(1, 1)),
  });
  const ids = (store: TraceStore) => store.newestFirst().map((trace) => Number.parseInt(trace.traceId, 16));

  it('is the one that has been quiet for longest, not the one that began first', () => {
    const store = new TraceStore(roomFor(3));
    store.add([spanOf(1, 1), spanOf(2, 1), spanOf(1, 2)]);
    store.add([spanOf(3, 1)]);
    expect(ids(store)).toEqual([3, 1]);
    expect(store.get(hex(32, 1))?.spans.size).toBe(2);
  });

  it('leaves whole, and what comes later begins it anew', () => {
    const store = new TraceStore(roomFor(2));
    store.add([spanOf(1, 1), spanOf(1, 2), spanOf(2, 1)]);
    expect(store.get(hex(32, 1))).toBeUndefined();
    store.add([spanOf(1, 3)]);
    expect(store.get(hex(32, 1))?.spans.size).toBe(1);
    expect(store.status()).toMatchObject({ traces: 2, spans: 2, evictedTraces: 1 });
  });
});

it('a span that comes again is kept once', () => {
  const store = new TraceStore({ maxBytes: MB, maxTraceBytes: MB });
  store.add([spanOf(1, 1), spanOf(1, 2)]);
  const before = store.status();
  store.add([spanOf(1, 1), spanOf(1, 2)]);
  expect(store.status()).toEqual(before);
});

it('one giant trace drives out no other: it is cut and counted', () => {
  const store = new TraceStore({ maxBytes: MB, maxTraceBytes: 100_000 });
  store.add([spanOf(1, 1)]);
  store.add(Array.from({ length: 5_000 }, (_, n) => spanOf(2, n + 1)));
  const giant = store.get(hex(32, 2));
  expect(giant?.bytes).toBeLessThanOrEqual(100_000);
  expect(giant?.bytes).toBeGreaterThan(95_000);
  expect((giant?.spans.size ?? 0) + (giant?.droppedSpans ?? 0)).toBe(5_000);
  expect(store.get(hex(32, 1))?.spans.size).toBe(1);
});

it('one giant span is dropped and counted, too', () => {
  const store = new TraceStore({ maxBytes: MB, maxTraceBytes: 100_000 });
  store.add([spanOf(1, 1, { tags: [tag('db.statement', 'x'.repeat(200_000))] })]);
  expect(store.status()).toMatchObject({ traces: 1, spans: 0, droppedSpans: 1 });
});
