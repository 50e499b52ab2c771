import { describe, expect, it } from 'vitest';
import { spanOf, tag } from '../fixtures/spans.fixture.ts';
import { TraceStore } from '../store/trace-store.ts';
import { operationsByService } from './operations.ts';
import { parseDuration } from './parse-duration.ts';
import { parseSearch } from './parse-search.ts';
import { findTraces } from './search.ts';

const START = 1_795_600_000_000_000;
const NOW = START + 60_000_000;
const catalog = { serviceName: 'catalog', tags: [tag('cloud.region', 'us-east')] };

const store = new TraceStore({ maxBytes: 1_000_000, maxTraceBytes: 1_000_000 });
store.add([
  spanOf(1, 1),
  spanOf(1, 2, { process: catalog, operation: 'POST /reservations', durationUs: 5_000 }),
  spanOf(2, 1, {
    startUs: START + 10_000_000,
    tags: [tag('http.route', '/orders'), { key: 'error', type: 'bool', value: true }],
  }),
  spanOf(3, 1, { process: catalog, operation: 'GET /products', startUs: START + 20_000_000 }),
  spanOf(3, 2, {
    process: catalog,
    operation: 'SELECT',
    kind: 'client',
    startUs: START + 20_000_000,
    logs: [{ timestampUs: START, fields: [tag('event', 'retried')] }],
  }),
]);

function find(query: string): number[] | string {
  const parsed = parseSearch(new URLSearchParams(query), NOW);
  return parsed.ok
    ? findTraces(store.newestFirst(), parsed.search).map((id) => Number.parseInt(id, 16))
    : parsed.reason;
}

describe('a search finds', () => {
  it.each([
    ['traces with a span of the service, newest first', 'service=order', [2, 1]],
    ['none for a service that is not known', 'service=nobody', []],
    ['by operation', 'service=catalog&operation=POST /reservations', [1]],
    ['only what one span says: this operation is another service’s', 'service=order&operation=GET /products', []],
    ['by a tag', 'service=order&tags={"error":"true"}', [2]],
    ['by all tags', 'service=order&tags={"error":"true","http.route":"/nowhere"}', []],
    ['by a tag written short, with colons in its value', 'service=order&tag=error:true&tag=http.route:/orders', [2]],
    ['by a tag of the process: a region', 'service=catalog&tags={"cloud.region":"us-east"}', [3, 1]],
    ['by an event', 'service=catalog&tags={"event":"retried"}', [3]],
    ['no more than the limit', 'service=catalog&limit=1', [3]],
    ['from a start', `service=order&start=${START + 5_000_000}`, [2]],
    ['to an end', `service=order&end=${START + 5_000_000}`, [1]],
    ['as far back as is asked for', 'service=order&lookback=55s', [2]],
    ['spans that took as long', 'service=catalog&minDuration=2ms', [1]],
    ['spans that took no longer', 'service=catalog&maxDuration=2ms', [3]],
  ])('%s', (_what, query, expected) => expect(find(query)).toEqual(expected));
});

describe('a search is refused', () => {
  it.each([
    ['without a service', 'operation=x', "parameter 'service' is required"],
    ['with a limit of 0', 'service=order&limit=0', "'limit' should be greater than 0"],
    ['with a limit that is none', 'service=order&limit=all', /'limit'.*not an integer/],
    ['with a start that is none', 'service=order&start=now', /'start'.*not an integer/],
    ['with a duration without its unit', 'service=order&minDuration=5', /'minDuration'.*not a duration/],
    ['with durations that cross', 'service=order&minDuration=2s&maxDuration=1s', /'maxDuration' should be greater/],
    ['with tags that are not JSON', 'service=order&tags={x', /malformed 'tags'/],
    ['with a tag that is no text', 'service=order&tags={"error":true}', /malformed 'tags'/],
    ['with a tag without a value', 'service=order&tag=error', /malformed 'tag'/],
  ])('%s', (_what, query, reason) => expect(find(query)).toMatch(reason));
});

it('durations are read as Go writes them', () => {
  expect(['1.5ms', '100us', '100µs', '1h30m', '2d', '500ns'].map(parseDuration)).toEqual([
    1_500, 100, 100, 5_400_000_000, 172_800_000_000, 0.5,
  ]);
  expect(['', '5', 'ms', '5 s', '-1s', '1s!'].map(parseDuration)).toEqual(Array(6).fill(undefined));
});

it('services and their operations are those of the spans that are kept', () => {
  const known = operationsByService(store.newestFirst());
  expect([...known.keys()]).toEqual(['catalog', 'order']);
  expect(known.get('catalog')).toEqual([
    { name: 'GET /products', spanKind: 'server' },
    { name: 'POST /reservations', spanKind: 'server' },
    { name: 'SELECT', spanKind: 'client' },
  ]);
});
