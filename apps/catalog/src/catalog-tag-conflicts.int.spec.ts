import '@meridian/telemetry/register';
import type { RegionInTest, RegionsInTest } from '@meridian/replication/testing';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createProduct, eur, startCatalogs } from './catalog.fixture.ts';

let catalogs: RegionsInTest;
let [usEast, euWest, apSoutheast]: RegionInTest[] = [];
beforeAll(async () => {
  catalogs = await startCatalogs(inject('postgresUrl'), inject('kafkaBrokers'));
  [usEast, euWest, apSoutheast] = catalogs.regions;
});
afterAll(() => catalogs?.stop());

const tracedAs = (digit: string) => ({ traceparent: `00-${digit.repeat(32)}-00f067aa0ba902b7-01` });
const setTags = async (region: RegionInTest, sku: string, tags: string[], headers = {}) => {
  const changed = await region.call('PATCH', `/products/${sku}`, { tags }, headers);
  expect([changed.status, changed.body.tags]).toEqual([200, tags]);
};
const conflictsIn = async (region: RegionInTest, sku: string) =>
  (await region.call('GET', `/products/conflicts?aggregateId=${sku}`)).body.items;
const stateIn = async (region: RegionInTest, sku: string) =>
  (await region.database.pool.query('SELECT state FROM products WHERE sku = $1', [sku])).rows[0]?.state;
/** Until all regions hold the same state, in which the tags are these. */
const allHold = (sku: string, tags: string[]) =>
  eventually(
    async () => {
      const [first, ...others] = await Promise.all(catalogs.regions.map((region) => stateIn(region, sku)));
      expect(first).toBeDefined();
      for (const other of others) expect(other).toEqual(first);
      for (const region of catalogs.regions)
        expect((await region.call('GET', `/products/${sku}`)).body.tags).toEqual(tags);
    },
    { withinMs: 15_000 },
  );

it('a removal that lost to an addition is in the ledger of each region, and re-applied it holds in all of them', async () => {
  const [us, eu, ap] = [usEast, euWest, apSoutheast] as [RegionInTest, RegionInTest, RegionInTest];
  const sku = await createProduct(us, 1, { tags: ['new', 'tea'] });
  await allHold(sku, ['new', 'tea']);

  catalogs.holdEvents();
  await setTags(us, sku, [], tracedAs('a'));
  await setTags(eu, sku, ['new']);
  await setTags(eu, sku, ['new', 'tea'], tracedAs('b'));
  catalogs.copyEvents();
  await allHold(sku, ['tea']);

  const ledgers = await Promise.all(catalogs.regions.map((region) => conflictsIn(region, sku)));
  for (const ledger of ledgers) {
    expect(ledger).toMatchObject([
      {
        ...{ aggregate: 'product', aggregateId: sku, field: 'tags.tea', rule: 'add-wins', status: 'open' },
        lost: { value: 'removed', region: us.region, traceId: 'a'.repeat(32) },
        won: { value: 'added', region: eu.region, traceId: 'b'.repeat(32) },
      },
    ]);
    expect(ledger[0].id).toBe(ledgers[0][0].id);
  }

  const { id } = ledgers[0][0];
  const again = await ap.call('POST', `/products/conflicts/${id}/reapply`, {});
  expect([again.status, again.body.status]).toEqual([200, 'resolved']);
  await allHold(sku, []);
  for (const region of catalogs.regions) expect(await conflictsIn(region, sku)).toHaveLength(1);
});

it('a tag that is removed by somebody who sees what won settles the entry there', async () => {
  const [us, eu] = [usEast, euWest] as [RegionInTest, RegionInTest];
  const sku = await createProduct(us, 1, { tags: [] });
  await allHold(sku, []);
  catalogs.holdEvents();
  await setTags(us, sku, ['sale']);
  await setTags(eu, sku, ['sale']);
  await setTags(eu, sku, []);
  catalogs.copyEvents();
  await allHold(sku, ['sale']);
  expect(await conflictsIn(eu, sku)).toMatchObject([{ field: 'tags.sale', status: 'open' }]);
  expect((await us.call('PATCH', `/products/${sku}`, { price: eur(7) })).status).toBe(200);
  expect(await conflictsIn(us, sku)).toMatchObject([{ field: 'tags.sale', status: 'open' }]);
  await setTags(us, sku, []);
  expect(await conflictsIn(us, sku)).toMatchObject([{ field: 'tags.sale', status: 'resolved' }]);
});

it('a removal that had seen the tag, wherever it was added, is no conflict', async () => {
  const [us, eu, ap] = [usEast, euWest, apSoutheast] as [RegionInTest, RegionInTest, RegionInTest];
  const sku = await createProduct(us, 1, { tags: ['tea'] });
  await allHold(sku, ['tea']);
  catalogs.holdEvents();
  await setTags(eu, sku, ['hot', 'tea']);
  await setTags(us, sku, []);
  await setTags(ap, sku, []);
  catalogs.copyEvents();
  await allHold(sku, ['hot']);
  await setTags(us, sku, []);
  await allHold(sku, []);
  for (const region of catalogs.regions) expect(await conflictsIn(region, sku)).toEqual([]);
});
