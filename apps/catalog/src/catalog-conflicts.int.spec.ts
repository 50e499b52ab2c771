import '@meridian/telemetry/register';
import { TOPICS } from '@meridian/contracts';
import { parseHlc } from '@meridian/hlc';
import type { ServiceInTest } from '@meridian/replication/testing';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createProduct, eur, eventuallyProduct, startCatalog, told } from './catalog.fixture.ts';

/** This region is eu-west. What another one did is told by its events, as a replicator brings them. */
let catalog: ServiceInTest;
let usEast: string;
beforeAll(async () => {
  catalog = await startCatalog(inject('postgresUrl'), inject('kafkaBrokers'));
  [usEast] = catalog.others;
});
afterAll(() => catalog.stop());

let sequence = 0;
const tellTwice = async (sku: string, value: object) => {
  sequence += 1;
  const event = { topic: TOPICS.products, origin: usEast, sequence, key: sku, value: { sku, stock: {}, ...value } };
  for (let twice = 0; twice < 2; twice += 1) await catalog.publish(event);
};
const stateOf = async (sku: string) =>
  (await catalog.database.pool.query('SELECT state FROM products WHERE sku = $1', [sku])).rows[0].state;
const conflictsOf = async (sku: string) =>
  (await catalog.call('GET', `/products/conflicts?aggregateId=${sku}`)).body.items;
/** A report of what a region wrote finds a write in the ledger by its aggregate and its clock reading. */
const writtenLately = async () => {
  const { publishedSequence, pending } = (await catalog.call('GET', '/outbox')).body;
  const after = Math.max(0, publishedSequence + pending - 5);
  return (await catalog.call('GET', `/outbox/events?after=${after}`)).body.events;
};
/** A price as its author tells it, who had seen these and now its own. */
const priced = (version: { value: object; hlc: string }, seen: Record<string, string>) => ({
  values: [version],
  seen: { ...seen, [usEast]: version.hlc },
});
const TRACED = { traceparent: '00-b0000000000000000000000000000002-00f067aa0ba902b7-01' };

it('two prices of one time are one open entry, until a price is set by somebody who sees both', async () => {
  const sku = await createProduct(catalog, 1);
  const seen = { 'eu-west': (await stateOf(sku)).price.values[0].hlc };
  await catalog.call('PATCH', `/products/${sku}`, { price: eur(10) }, TRACED);
  const { wallMs } = parseHlc((await stateOf(sku)).price.values[0].hlc);
  await tellTwice(sku, { fields: {}, price: priced(told(eur(20), usEast, wallMs + 1), seen) });
  await eventuallyProduct(catalog, sku, ({ body }) => expect(body.priceConflict).toHaveLength(2));
  const [entry, ...more] = await conflictsOf(sku);
  expect(more).toEqual([]);
  expect(entry).toMatchObject({
    ...{ aggregate: 'product', aggregateId: sku, field: 'price', rule: 'multi-value', status: 'open' },
    lost: { value: eur(20), region: usEast },
    won: { value: eur(10), region: 'eu-west', traceId: 'b0000000000000000000000000000002' },
  });
  const settled = await catalog.call('PATCH', `/products/${sku}`, { price: eur(15) });
  expect(settled.body).toMatchObject({ price: eur(15), priceConflict: [] });
  expect(await conflictsOf(sku)).toMatchObject([{ id: entry.id, status: 'resolved' }]);
});

it('a name that lost is in the ledger, and written again it holds', async () => {
  const sku = await createProduct(catalog, 1);
  await catalog.call('PATCH', `/products/${sku}`, { name: 'Green tea kettle' });
  const { hlc, seen } = (await stateOf(sku)).fields.name;
  const name = { ...told('Black tea kettle', usEast, parseHlc(hlc).wallMs + 1), seen };
  await tellTwice(sku, { fields: { name } });
  await eventuallyProduct(catalog, sku, ({ body }) => expect(body.name).toBe('Black tea kettle'));
  const [entry, ...more] = await conflictsOf(sku);
  expect(more).toEqual([]);
  expect(entry).toMatchObject({ field: 'name', rule: 'last-writer-wins', lost: { value: 'Green tea kettle' } });
  expect(await writtenLately()).toContainEqual(expect.objectContaining({ key: sku, hlc: entry.lost.hlc }));
  const again = await catalog.call('POST', `/products/conflicts/${entry.id}/reapply`, {});
  expect([again.status, again.body.status]).toEqual([200, 'resolved']);
  expect((await catalog.call('GET', `/products/${sku}`)).body.name).toBe('Green tea kettle');
});

it('an edit of what its author had seen is no conflict, and neither is a change of another field', async () => {
  const sku = await createProduct(catalog, 1);
  const { name, price } = await stateOf(sku).then(({ fields, price }) => ({ name: fields.name, price }));
  const { wallMs } = parseHlc(name.hlc);
  const seen = { 'eu-west': name.hlc };
  await catalog.call('PATCH', `/products/${sku}`, { tags: ['tea'] });
  await tellTwice(sku, { fields: { name: { ...told('Kettle', usEast, wallMs + 1), seen } } });
  await tellTwice(sku, { fields: {}, price: priced(told(eur(9), usEast, wallMs + 2), price.seen) });
  await eventually(
    async () => {
      const { body } = await catalog.call('GET', `/products/${sku}`);
      expect(body).toMatchObject({ name: 'Kettle', price: eur(9), tags: ['tea'], priceConflict: [] });
    },
    { withinMs: 10_000 },
  );
  expect(await conflictsOf(sku)).toEqual([]);
});
