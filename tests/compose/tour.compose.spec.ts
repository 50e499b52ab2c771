import { oneWayMs, rttMs } from '@meridian/regions';
import { addresses, http, meridianJson, regions, type SeenSpan, spansOf, topology } from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import { beforeAll, describe, expect, it } from 'vitest';

/** Acceptance 3: what `meridian tour` makes is in Jaeger, and each trace shows what docs/tutorial/studying-traces.md says. */
interface Stop {
  title: string;
  traceIds: string[];
  search: { service: string; operation?: string; tags?: string };
  fault?: string;
}

const [far, near, third] = regions as [string, string, string];
let stops: Stop[];

beforeAll(async () => {
  ({ stops } = await meridianJson('tour'));
  expect(stops.filter((s) => s.fault)).toEqual([]);
});

const stopOf = (title: string) => stops.find((s) => s.title === title) as Stop;

/** Waits until the trace is whole: `complete` is what arrives in it last. */
async function traceOf(id: string | undefined, complete: (spans: SeenSpan[]) => void): Promise<SeenSpan[]> {
  return eventually(
    async () => {
      const spans = await spansOf(id as string);
      complete(spans);
      return spans;
    },
    { withinMs: 15_000, everyMs: 200 },
  );
}

const only = (spans: SeenSpan[], matches: (span: SeenSpan) => boolean): SeenSpan => {
  const found = spans.filter(matches);
  expect(found.map((s) => `${s.region} ${s.service} ${s.name}`)).toHaveLength(1);
  return found[0] as SeenSpan;
};
/** Those that changed something: an event may come twice, which the span calls `repeated`. */
const applies = (spans: SeenSpan[]) =>
  spans.filter(
    (s) =>
      s.service === 'order' && s.name === `process ${near}.orders.v1` && s.tags['meridian.join.outcome'] === 'joined',
  );

/** The copies of an event of `origin`'s orders, the first in each region: one whose offset was lost is made again. */
function copies(spans: SeenSpan[], origin: string): Map<string, SeenSpan> {
  const found = spans
    .filter((s) => s.service === 'replicator' && s.name === `replicate ${origin}.orders.v1`)
    .sort((x, y) => y.startMs - x.startMs);
  return new Map(found.map((s) => [s.region as string, s]));
}

describe('an order, answered in its region and copied to the others', () => {
  const whole = () =>
    traceOf(stopOf('An order, answered in its region and copied to the others').traceIds[0], (s) =>
      expect(applies(s)).toHaveLength(2),
    );

  it('the client waited for calls within the region and for none to another', async () => {
    const calls = (await whole()).filter((s) => s.service !== 'edge' && s.tags['http.request.method'] !== undefined);
    expect(calls.map((s) => `${s.region} ${s.service} ${s.kind}`).sort()).toEqual([
      `${near} catalog server`,
      `${near} order client`,
      `${near} order server`,
    ]);
  });

  it('each other region shows the copy over its link, and the apply not before half a round trip', async () => {
    const spans = await whole();
    for (const region of [far, third]) {
      const copy = copies(spans, near).get(region);
      const apply = only(applies(spans), (s) => s.region === region);
      expect(copy?.tags['meridian.link']).toBe(`${near}->${region}`);
      expect(apply.startMs).toBeGreaterThan(copy?.startMs ?? Number.POSITIVE_INFINITY);
      const floorMs = oneWayMs(topology, topology.defaultProfile, near, region);
      expect(apply.tags['meridian.lag_ms']).toBeGreaterThanOrEqual(floorMs);
    }
  });
});

it('a partition and its heal: the copy waits out the cut, and that in the third region does not', async () => {
  const { traceIds } = stopOf('A partition and its heal');
  const spans = await traceOf(traceIds[0], (s) =>
    expect([...copies(s, far).keys()].sort()).toEqual([near, third].sort()),
  );
  const lagOf = (region: string) => copies(spans, far).get(region)?.tags['meridian.lag_ms'] as number;
  expect(lagOf(near)).toBeGreaterThan(4_900);
  expect(lagOf(third)).toBeLessThan(2_000);
});

it('a retry in another region: two attempts under one request, of which the first had no answer', async () => {
  const { traceIds } = stopOf('A retry in another region');
  const attempts = (s: SeenSpan[]) => s.filter((x) => x.service === 'edge' && x.kind === 'client');
  const spans = await traceOf(traceIds[0], (s) => {
    expect(attempts(s)).toHaveLength(2);
    expect(s.some((x) => x.service === 'order' && x.kind === 'server')).toBe(true);
    // The first attempt arrives after the heal, from a caller that has long gone; what it does there hangs together, too.
    expect(s.filter((x) => x.parentId && !s.some((p) => p.id === x.parentId))).toEqual([]);
  });
  const [first, second] = attempts(spans).sort((a, b) => a.startMs - b.startMs) as [SeenSpan, SeenSpan];
  expect(first.tags).toMatchObject({ 'meridian.edge.region': near, 'meridian.edge.attempt': 1, error: true });
  expect(second.tags).toMatchObject({ 'meridian.edge.attempt': 2, 'http.response.status_code': 201 });
  expect(first.parentId).toBe(second.parentId);
});

it('one field changed in two regions at once: the earlier write is superseded where the later one was made', async () => {
  const { traceIds } = stopOf('One field, changed in two regions at once');
  expect(traceIds).toHaveLength(2);
  const outcomes = await eventually(
    async () => {
      const traces = await Promise.all(traceIds.map(spansOf));
      const found = traces.map((s) =>
        s.filter((x) => x.service === 'user' && x.kind === 'consumer').map((x) => x.tags['meridian.join.outcome']),
      );
      expect(found.map((f) => f.length)).toEqual([2, 2]);
      return found.flat();
    },
    { withinMs: 15_000, everyMs: 200 },
  );
  expect(outcomes.filter((o) => o === 'superseded').length).toBeGreaterThanOrEqual(1);
  expect(outcomes.filter((o) => o === 'joined').length).toBeGreaterThanOrEqual(2);
});

it('a read that is forwarded home: the region that was asked waits a round trip for the one that decides', async () => {
  const { traceIds } = stopOf('A read that is forwarded home');
  const atUser = (s: SeenSpan[], region: string, kind: string) =>
    s.filter((x) => x.service === 'user' && x.region === region && x.kind === kind && x.name.includes('/users/'));
  const spans = await traceOf(traceIds[0], (s) => {
    expect(atUser(s, near, 'server')).toHaveLength(1);
    expect(atUser(s, far, 'server')).toHaveLength(1);
    expect(s.filter((x) => x.parentId && !s.some((p) => p.id === x.parentId))).toEqual([]);
  });
  const asked = only(spans, (s) => s.service === 'user' && s.region === near && s.kind === 'server');
  const call = only(spans, (s) => s.tags['meridian.forwarded'] === true);
  const decided = only(spans, (s) => s.service === 'user' && s.region === far && s.kind === 'server');
  expect([call.parentId, decided.parentId]).toEqual([asked.id, call.id]);
  expect(call.tags).toMatchObject({ 'meridian.peer.region': far, 'http.response.status_code': 200 });
  expect(call.durationMs).toBeGreaterThanOrEqual(rttMs(topology, topology.defaultProfile, near, far));
});

it('every search that the tour names finds its trace', async () => {
  for (const { search, traceIds, title } of stops)
    await eventually(
      async () => {
        const query = new URLSearchParams({ service: search.service, limit: '200', lookback: '1h' });
        query.set('start', String((Date.now() - 3_600_000) * 1_000));
        query.set('end', String(Date.now() * 1_000));
        if (search.operation) query.set('operation', search.operation);
        if (search.tags)
          query.set('tags', JSON.stringify(Object.fromEntries([search.tags.split('=') as [string, string]])));
        const { host, port } = addresses.traceQuery;
        const { body } = await http(`http://${host}:${port}/api/traces?${query}`);
        const found = (body.data as { traceID: string }[]).map((t) => t.traceID);
        expect({ title, found: traceIds.some((id) => found.includes(id)) }).toEqual({ title, found: true });
      },
      { withinMs: 10_000 },
    );
});
