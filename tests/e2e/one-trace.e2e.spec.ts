import { randomUUID } from 'node:crypto';
import { oneWayMs, type RegionId } from '@meridian/regions';
import {
  createProduct,
  expectConvergence,
  knownEverywhere,
  placeOrder,
  regions,
  type SeenSpan,
  spansOf,
  topology,
} from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import { beforeAll, describe, expect, it } from 'vitest';

const sku = `TRACE-${randomUUID().slice(0, 8).toUpperCase()}`;

function only(spans: SeenSpan[], what: string, matches: (span: SeenSpan) => boolean): SeenSpan {
  const found = spans.filter(matches);
  if (found.length !== 1)
    throw new Error(
      `${found.length} spans are "${what}" instead of 1; there are:\n${spans.map((s) => `${s.region ?? '-'} ${s.service} ${s.kind} ${s.name}`).join('\n')}`,
    );
  return found[0] as SeenSpan;
}

describe('I9: one trace from the request to the apply in every region', () => {
  beforeAll(async () => {
    await createProduct(regions[0] as RegionId, sku, Object.fromEntries(regions.map((r) => [r, 100])));
    await knownEverywhere(`/products/${sku}`);
    // Events that arrive together are applied together, by SQL that is in the trace of none of them: nothing is to be under way.
    await expectConvergence(15_000);
  });

  it.each(regions)('an order placed in %s', async (origin) => {
    const others = regions.filter((r) => r !== origin);
    const answer = await placeOrder(origin, { sku });
    expect(answer.status).toBe(201);
    expect(answer.headers['x-meridian-region']).toBe(origin);
    const traceId = answer.headers['x-meridian-trace-id'] as string;
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);

    await eventually(
      async () => {
        const spans = await spansOf(traceId);
        const is = (service: string, kind: string, name: string | RegExp, region?: string) => (s: SeenSpan) =>
          s.service === service &&
          s.kind === kind &&
          (typeof name === 'string' ? s.name === name : name.test(s.name)) &&
          s.region === region;
        const childOf = (child: SeenSpan, parent: SeenSpan) =>
          expect(child.parentId, `${child.name} is a child of ${parent.name}`).toBe(parent.id);

        // Inside the origin: edge → order → catalog, the SQL of each, and the publishing.
        const edge = only(spans, 'the edge serves', is('edge', 'server', 'POST /orders'));
        expect(edge.parentId).toBeUndefined();
        const attempt = only(spans, 'the edge calls the region', (s) => s.service === 'edge' && s.kind === 'client');
        childOf(attempt, edge);
        const order = only(spans, 'order serves', is('order', 'server', 'POST /orders', origin));
        childOf(order, attempt);
        const call = only(spans, 'order calls catalog', is('order', 'client', 'POST /reservations', origin));
        childOf(call, order);
        const catalog = only(spans, 'catalog serves', is('catalog', 'server', 'POST /reservations', origin));
        childOf(catalog, call);
        const sqlOf = (parent: SeenSpan) =>
          spans.filter(
            (s) =>
              (s.parentId === parent.id && s.tags['db.system'] !== undefined) ||
              (s.parentId === parent.id && s.tags['db.system.name'] !== undefined),
          );
        expect(sqlOf(order).length, 'SQL of order').toBeGreaterThanOrEqual(1);
        expect(sqlOf(catalog).length, 'SQL of catalog').toBeGreaterThanOrEqual(1);
        const send = only(spans, 'order publishes', is('order', 'producer', 'send orders.v1', origin));
        childOf(send, order);

        // Into each other region: copied over its link, applied there, with the SQL of the apply.
        for (const region of others) {
          const copy = only(
            spans,
            `${region} copies`,
            (s) => s.service === 'replicator' && s.region === region && s.name === `replicate ${origin}.orders.v1`,
          );
          childOf(copy, send);
          expect(copy.tags['meridian.link']).toBe(`${origin}->${region}`);
          expect(copy.tags['meridian.origin.region']).toBe(origin);
          const apply = only(
            spans,
            `${region} applies`,
            is('order', 'consumer', `process ${origin}.orders.v1`, region),
          );
          childOf(apply, send);
          expect(apply.tags['meridian.origin.region']).toBe(origin);
          expect(Number(apply.tags['meridian.origin.sequence'])).toBeGreaterThan(0);
          const floorMs = oneWayMs(topology, topology.defaultProfile, origin, region);
          expect(Number(apply.tags['meridian.lag_ms'])).toBeGreaterThanOrEqual(floorMs);
          const together = apply.tags['messaging.batch.message_count'] ?? 1;
          expect(sqlOf(apply).length, `SQL of the apply in ${region}, of ${together} together`).toBeGreaterThanOrEqual(
            1,
          );
        }

        // No span hangs in the air, and every process of a region says which.
        const ids = new Set(spans.map((s) => s.id));
        expect(spans.filter((s) => s.parentId !== undefined && !ids.has(s.parentId)).map((s) => s.name)).toEqual([]);
        expect(spans.filter((s) => s.service !== 'edge' && !regions.includes(s.region as string))).toEqual([]);
        expect(new Set(spans.map((s) => s.region).filter(Boolean)).size).toBe(regions.length);
      },
      { withinMs: 10_000, everyMs: 200 },
    );
  });

  it('goes on with the trace that a client brings', async () => {
    const traceId = randomUUID().replaceAll('-', '');
    const answer = await placeOrder('eu-west', { sku, headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } });
    expect(answer.headers['x-meridian-trace-id']).toBe(traceId);
    await eventually(
      async () =>
        expect((await spansOf(traceId)).filter((s) => s.kind === 'consumer').length).toBeGreaterThanOrEqual(2),
      { withinMs: 10_000 },
    );
  });

  it('an unsampled write costs no span in any region', async () => {
    const traceId = randomUUID().replaceAll('-', '');
    const unsampled = await placeOrder('eu-west', {
      sku,
      headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-00` },
    });
    expect(unsampled.status).toBe(201);
    expect(unsampled.headers['x-meridian-trace-id']).toBe(traceId);
    // A sampled write after it: once all of its spans are there, those of the first would be, too.
    const later = await placeOrder('eu-west', { sku });
    await eventually(
      async () => {
        const spans = await spansOf(later.headers['x-meridian-trace-id'] as string);
        const applied = spans.filter((s) => s.service === 'order' && s.name === 'process eu-west.orders.v1');
        expect(applied.length).toBe(2);
      },
      { withinMs: 10_000 },
    );
    expect(await spansOf(traceId)).toEqual([]);
  });
});
