import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type JaegerTrace, readSpans } from './jaeger-trace.ts';
import { regionsIn } from './regions-in.ts';
import { renderWaterfall } from './render-waterfall.ts';
import { spanTree } from './span-tree.ts';
import { traceArrivals } from './trace-arrivals.ts';

/**
 * An order placed in eu-west of three running regions, as `meridian trace <id> --json` printed it; of the tags, those
 * that are read here.
 */
const url = new URL('recorded-trace.fixture.json', import.meta.url);
const recorded = JSON.parse(readFileSync(url, 'utf8')) as JaegerTrace;
const regions = ['us-east', 'eu-west', 'ap-southeast'];

describe('a trace recorded from three running regions', () => {
  it('has spans of all regions', () => expect(regionsIn(recorded)).toEqual(new Set(regions)));

  it('is one tree: every span below its parent, in all regions', () => {
    const rows = spanTree(readSpans(recorded));
    expect(rows).toHaveLength(recorded.spans.length);
    expect(rows.filter(({ parent }) => !parent).map(({ span }) => `${span.service} ${span.operation}`)).toEqual([
      'edge POST /orders',
    ]);
    expect(rows.filter(({ isOrphan }) => isOrphan)).toEqual([]);
  });

  it('tells when each other region could read the order, by the service that keeps it', () => {
    const arrivals = traceArrivals(readSpans(recorded), regions);
    expect(arrivals.map(({ origin, reader }) => [origin, reader])).toEqual([
      ['eu-west', 'us-east'],
      ['eu-west', 'ap-southeast'],
    ]);
    // The catalog takes note of orders as well, and was later: 77 and 126 ms.
    const lags = arrivals.map(({ topics }) => topics.find(({ topic }) => topic === 'orders.v1')?.lagMs);
    expect(lags).toEqual([74, 128]);
  });

  it.each([80, 100, 120])('is drawn on %i columns, each region with bars in its own', (width) => {
    const text = renderWaterfall(recorded, { regions, width, color: false });
    const lines = text.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    expect(text).toMatch(/^33 spans of edge, order, catalog, replicator in us-east, eu-west, ap-southeast$/m);
    expect(text).toMatch(/^answered after 20\.9 ms; 351 ms until its last step ended, in ap-southeast$/m);
    expect(text).toContain('SQL INSERT orders, outbox');
    const header = lines.find((line) => line.includes('│edge')) as string;
    const rules = [...header.matchAll(/│/g)].map(({ index }) => index);
    const bars = lines.map((line) => line.search(/[█▌▐]/)).filter((at) => at >= 0);
    const barsByColumn = rules.map((from, i) => bars.filter((at) => at > from && at < (rules[i + 1] ?? width)).length);
    const spansOf = (region: string | undefined) => readSpans(recorded).filter((span) => span.region === region).length;
    expect(barsByColumn).toEqual([undefined, ...regions].map(spansOf));
  });
});
