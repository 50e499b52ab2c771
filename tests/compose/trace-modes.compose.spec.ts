import { randomUUID } from 'node:crypto';
import {
  composeSet,
  createProduct,
  findSpans,
  placeOrder,
  regions,
  type SeenSpan,
  spansOf,
  viaEdge,
} from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** MERIDIAN_TRACE_MODE, set for one region that reads: what Jaeger shows of an order that was written in another. */
const [reader, writer] = regions as [string, string];
const readers = ['order', 'replicator'].map((part) => `${reader}-${part}`);
const sku = `MODE-${randomUUID().slice(0, 8).toUpperCase()}`;
const [copy, apply] = [`replicate ${writer}.orders.v1`, `process ${writer}.orders.v1`];

beforeAll(async () => {
  expect((await createProduct(writer, sku, Object.fromEntries(regions.map((r) => [r, 100])))).status).toBe(201);
  await eventually(async () => expect((await viaEdge(reader, `/products/${sku}`)).status).toBe(200), {
    withinMs: 15_000,
  });
});
afterAll(() => composeSet({}, ...readers));

async function order(): Promise<string> {
  const answer = await placeOrder(writer, { sku });
  expect([answer.status, answer.headers['x-meridian-region']]).toEqual([201, writer]);
  return answer.headers['x-meridian-trace-id'] as string;
}

const inReader = (spans: SeenSpan[]) =>
  spans.filter(
    (s) =>
      s.region === reader &&
      ((s.service === 'replicator' && s.name === copy) || (s.service === 'order' && s.name === apply)),
  );
const namesOf = (spans: SeenSpan[]) => spans.map((s) => s.name).sort();
const sendIn = (spans: SeenSpan[]) => spans.find((s) => s.name === 'send orders.v1');

/** Until the region has copied and applied what the trace is about, as `find` sees it. */
const seen = (find: () => Promise<SeenSpan[]>) =>
  eventually(
    async () => {
      const spans = await find();
      expect(namesOf(spans)).toEqual([apply, copy]);
      return spans;
    },
    { withinMs: 20_000, everyMs: 200 },
  );

it('link: copy and apply are traces of their own, and point at the send that they follow from', async () => {
  await composeSet({ MERIDIAN_TRACE_MODE: 'link' }, ...readers);
  const traceId = await order();
  const spans = await seen(async () => {
    const found = [
      ...(await findSpans({ service: 'replicator', operation: copy })),
      ...(await findSpans({ service: 'order', operation: apply })),
    ];
    return inReader(found).filter((s) => s.links.some((l) => l.traceId === traceId));
  });
  const written = await spansOf(traceId);
  const link = { traceId, spanId: sendIn(written)?.id };
  expect(spans.map(({ parentId, links }) => ({ parentId, links }))).toEqual([
    { parentId: undefined, links: [link] },
    { parentId: undefined, links: [link] },
  ]);
  expect(new Set([traceId, ...spans.map((s) => s.traceId)]).size).toBe(3);
  expect(inReader(written)).toEqual([]);
});

it('both: they are children of the send in its trace, and point at it as well', async () => {
  await composeSet({ MERIDIAN_TRACE_MODE: 'both' }, ...readers);
  const traceId = await order();
  const spans = await seen(async () => inReader(await spansOf(traceId)));
  const spanId = sendIn(await spansOf(traceId))?.id;
  expect(spanId).toBeDefined();
  expect(spans.map(({ parentId, links }) => ({ parentId, links }))).toEqual([
    { parentId: spanId, links: [{ traceId, spanId }] },
    { parentId: spanId, links: [{ traceId, spanId }] },
  ]);
});
