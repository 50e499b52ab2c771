import { randomUUID } from 'node:crypto';
import type { RebuildResponse } from '@meridian/contracts';
import type { RegionInTest, RegionsInTest } from '@meridian/replication/testing';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { availableOf, createProduct, eventuallyProduct, reserve, startCatalogs } from './catalog.fixture.ts';

let catalogs: RegionsInTest;
let usEast: RegionInTest;
let euWest: RegionInTest;
let apSoutheast: RegionInTest;
beforeAll(async () => {
  catalogs = await startCatalogs(inject('postgresUrl'), inject('kafkaBrokers'));
  [usEast, euWest, apSoutheast] = catalogs.regions as [RegionInTest, RegionInTest, RegionInTest];
});
afterAll(() => catalogs.stop());

const rebuildOf = async (region: RegionInTest): Promise<RebuildResponse> => (await region.call('GET', '/rebuild')).body;
const digestOf = async (region: RegionInTest) => (await region.call('GET', '/digest')).body.digest as string;
const publishedBy = async (region: RegionInTest) =>
  (await region.call('GET', '/outbox')).body.publishedSequence as number;
const expectJoined = (region: RegionInTest) =>
  eventually(async () => expect(await rebuildOf(region)).toMatchObject({ phase: 'joined' }), { withinMs: 20_000 });
const expectEqual = () =>
  eventually(
    async () => {
      const digests = await Promise.all(catalogs.regions.map(digestOf));
      expect(new Set(digests).size).toBe(1);
    },
    { withinMs: 20_000 },
  );
/** It waits for that region, which it cannot reach. */
const expectToHear = (other: RegionInTest) =>
  eventually(
    async () =>
      expect(await rebuildOf(euWest)).toMatchObject({
        phase: 'hearing',
        waitingFor: expect.stringContaining(other.region),
      }),
    { withinMs: 15_000 },
  );
const inEach = (units: number) => Object.fromEntries(catalogs.regions.map(({ region }) => [region, units]));
const appliedOf = async (reader: RegionInTest, of: RegionInTest) =>
  (await reader.call('GET', '/inbox')).body.bySource[`/${of.region}/catalog`];

it('a region whose database was lost serves nobody until it has heard every other region', async () => {
  const sku = await createProduct(euWest, 5);
  await expectEqual();
  catalogs.link(euWest.region, apSoutheast.region).cut();
  await catalogs.destroy(euWest.region);
  await expectToHear(apSoutheast);
  expect((await euWest.call('GET', '/health/ready')).status).toBe(503);
  // Neither a client nor another region, which would not ask for its readiness.
  for (const [method, url, body] of [
    ['GET', `/products/${sku}`, undefined],
    ['POST', `/stock/${sku}/transfers`, { to: usEast.region, units: 1, spare: 0, since: Date.now() }],
  ] as const)
    expect(await euWest.call(method, url, body)).toMatchObject({
      ...{ status: 503, body: { type: 'urn:meridian:problem:service-unavailable' } },
    });
  catalogs.link(euWest.region, apSoutheast.region).heal();
  await expectJoined(euWest);
  await expectEqual();
}, 120_000);

it('has every product again, and goes on behind the numbers that others know of it', async () => {
  const skus = [];
  for (const region of [...catalogs.regions, ...catalogs.regions])
    skus.push(await createProduct(region, 5, { stock: inEach(5), tags: ['kept'] }));
  await expectEqual();
  const before = await publishedBy(euWest);
  await catalogs.destroy(euWest.region);
  await expectJoined(euWest);
  await expectEqual();
  const { report } = await rebuildOf(euWest);
  expect(report).toMatchObject({ knownSequences: { [`/${euWest.region}/catalog`]: before } });
  for (const sku of skus)
    expect((await euWest.call('GET', `/products/${sku}`)).body).toMatchObject({ sku, tags: ['kept'] });

  await euWest.call('POST', `/products/${skus[0]}/restock`, { units: 1 });
  const later = await createProduct(euWest, 1);
  await eventuallyProduct(apSoutheast, later, ({ status }) => expect(status).toBe(200));
  await expectEqual();
  for (const reader of [usEast, apSoutheast]) expect(await appliedOf(reader, euWest)).toMatchObject({ missing: 0 });
  for (const origin of [usEast, apSoutheast]) expect(await appliedOf(euWest, origin)).toMatchObject({ missing: 0 });
  expect(
    Object.keys((await euWest.call('GET', '/inbox')).body.bySource).filter((one) => one.includes('snapshot')),
  ).toEqual([]);
}, 60_000);

it('what it sold and nobody heard of is not sold again: it writes off what it held', async () => {
  const sku = await createProduct(usEast, 10, { stock: inEach(10) });
  await expectEqual();
  catalogs.holdEvents();
  for (let i = 0; i < 7; i += 1) expect((await reserve(euWest, [[sku, 1]])).status).toBe(200);
  catalogs.link(euWest.region, apSoutheast.region).cut();
  await catalogs.destroy(euWest.region);
  await expectToHear(apSoutheast);
  // Of what is held nothing ever comes: it was on the disk that is lost.
  catalogs.forgetEvents();
  catalogs.link(euWest.region, apSoutheast.region).heal();
  await expectJoined(euWest);
  expect((await rebuildOf(euWest)).report?.notes.join()).toMatch(/units of \d+ products are written off/);
  expect(await availableOf(euWest, sku)).toBe(0);
  await expectEqual();

  let sold = 7;
  for (const region of catalogs.regions)
    while ((await reserve(region, [[sku, 1]], randomUUID())).status === 200) sold += 1;
  expect(sold).toBe(27);
}, 60_000);

it('a restart in the middle begins anew, and one afterwards does not', async () => {
  const { report } = await rebuildOf(euWest);
  await euWest.database.pool.query('DELETE FROM joined');
  await catalogs.restart(euWest.region);
  await expectJoined(euWest);
  await expectEqual();
  const second = (await rebuildOf(euWest)).report;
  expect(second).not.toEqual(report);
  await catalogs.restart(euWest.region);
  await expectJoined(euWest);
  expect((await rebuildOf(euWest)).report).toEqual(second);
}, 60_000);
