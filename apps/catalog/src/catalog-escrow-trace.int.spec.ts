import '@meridian/telemetry/register';
import { randomUUID } from 'node:crypto';
import type { RegionInTest, RegionsInTest } from '@meridian/replication/testing';
import { eventually } from '@meridian/testing';
import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createProduct, eventuallyProduct, startCatalogs } from './catalog.fixture.ts';

const exporter = new InMemorySpanExporter();
let catalogs: RegionsInTest;
let usEast: RegionInTest;
let euWest: RegionInTest;
beforeAll(async () => {
  // The context that requests are followed by stays that of `register`; spans go where the test can read them.
  trace.disable();
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
  catalogs = await startCatalogs(inject('postgresUrl'), inject('kafkaBrokers'));
  [usEast, euWest] = catalogs.regions as [RegionInTest, RegionInTest];
});
afterAll(() => catalogs.stop());

/** The spans of an order that is reserved in eu-west. */
async function spansOf(sku: string, quantity: number) {
  const traceId = randomUUID().replaceAll('-', '');
  const body = { orderId: randomUUID(), lines: [{ sku, quantity }] };
  await euWest.call('POST', '/reservations', body, { traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
  return await eventually(
    () => {
      const spans = exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === traceId);
      const of = (name: string) => spans.find((span) => span.name === name)?.attributes;
      expect(of('POST /reservations')).toBeDefined();
      return of;
    },
    { withinMs: 5_000 },
  );
}

it('an order names on its span how it came by its units, and a transfer is part of its trace in both regions', async () => {
  const sku = await createProduct(euWest, 0, { stock: { [usEast.region]: 3, [euWest.region]: 1 } });
  await eventuallyProduct(usEast, sku, ({ status }) => expect(status).toBe(200));

  const local = await spansOf(sku, 1);
  expect(local('POST /reservations')).toMatchObject({ 'meridian.stock.path': 'local', 'meridian.stock.units': 1 });
  expect(local('POST /stock/{sku}/transfers')).toBeUndefined();

  const transfer = await spansOf(sku, 3);
  expect(transfer('POST /reservations')).toMatchObject({
    ...{ 'meridian.stock.path': 'transfer', 'meridian.stock.units': 3, 'meridian.stock.from': [usEast.region] },
  });
  expect(transfer('POST /stock/{sku}/transfers')).toMatchObject({ 'meridian.peer.region': usEast.region });
  expect(transfer('POST /stock/:sku/transfers')).toMatchObject({ 'meridian.stock.units': 3 });

  const refused = await spansOf(sku, 1);
  expect(refused('POST /reservations')).toMatchObject({ 'meridian.stock.path': 'refused', 'meridian.stock.units': 1 });
});
