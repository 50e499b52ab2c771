import { HEADERS, OPERATIONS } from '@meridian/contracts';
import type { ServiceInTest } from '@meridian/replication/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createProduct, eur, newSku, startCatalog } from './catalog.fixture.ts';

let catalog: ServiceInTest;
beforeAll(async () => {
  catalog = await startCatalog(inject('postgresUrl'), inject('kafkaBrokers'));
});
afterAll(() => catalog.stop());

const untouched = { spent: 0, refunded: 0, received: 0, handedOver: 0 };
const digest = async () => (await catalog.call('GET', '/digest')).body;

describe('products', () => {
  it('are created with the stock of each region, and read', async () => {
    const [sku, [usEast]] = [newSku(), catalog.others];
    const product = {
      sku,
      name: ' Tea kettle ',
      price: eur(1250),
      tags: ['tea'],
      stock: { 'eu-west': 3, [usEast]: 4 },
    };
    const created = await catalog.call('POST', '/products', product);
    expect([created.status, created.headers.location]).toEqual([201, `/products/${sku}`]);
    expect(created.body).toEqual({
      ...{ sku, name: 'Tea kettle', price: eur(1250), priceConflict: [], tags: ['tea'], views: 0, likes: 0 },
      ...{ available: 3, availableElsewhere: 4 },
    });
    expect((await catalog.call('GET', `/products/${sku}`)).body).toEqual(created.body);
    const stock = (await catalog.call('GET', `/products/${sku}/stock`)).body;
    const share = (units: number) => ({ ...untouched, rights: units, granted: units });
    expect(stock).toEqual({
      ...{ sku, total: 7, byRegion: { 'eu-west': 3, [usEast]: 4 } },
      accounts: { 'eu-west': share(3), [usEast]: share(4) },
    });
  });

  it('exist once', async () => {
    const sku = await createProduct(catalog, 1);
    const before = await digest();
    const again = await catalog.call('POST', '/products', { sku, name: 'Other', price: eur(1) });
    expect([again.status, again.body.type]).toEqual([409, 'urn:meridian:problem:already-exists']);
    expect(await digest()).toEqual(before);
  });

  it('cannot have units in a region that is none', async () => {
    const before = await digest();
    const product = { sku: newSku(), name: 'Tea', price: eur(1), stock: { 'eu-west': 1, 'mars/north': 1 } };
    const refused = await catalog.call('POST', '/products', product);
    expect([refused.status, refused.body.type]).toEqual([400, 'urn:meridian:problem:invalid-request']);
    expect(refused.body.errors).toEqual([
      { pointer: '/stock/mars~1north', detail: expect.stringContaining('eu-west') },
    ]);
    expect(await digest()).toEqual(before);
  });

  it('change field by field', async () => {
    const sku = await createProduct(catalog, 2, { tags: ['tea'] });
    const changed = await catalog.call('PATCH', `/products/${sku}`, { price: eur(1300) });
    const whole = { sku, name: 'Tea kettle', price: eur(1300), priceConflict: [], tags: ['tea'], available: 2 };
    expect([changed.status, changed.body]).toMatchObject([200, whole]);
    const untagged = await catalog.call('PATCH', `/products/${sku}`, { tags: [] });
    expect(untagged.body).toMatchObject({ ...whole, tags: [] });
  });

  it('get units in the region that is asked, up to a bound', async () => {
    const sku = await createProduct(catalog, 2);
    const restock = (units: number) => catalog.call('POST', `/products/${sku}/restock`, { units });
    expect((await restock(5)).body).toEqual({
      ...{ sku, total: 7, byRegion: { 'eu-west': 7 } },
      accounts: { 'eu-west': { ...untouched, rights: 7, granted: 7 } },
    });
    expect((await restock(1_000_000)).body.type).toBe('urn:meridian:problem:invalid-request');
    expect((await catalog.call('GET', `/products/${sku}`)).body.available).toBe(7);
  });

  it('get units once for a delivery that is named by a key, and no other units by the same key', async () => {
    const sku = await createProduct(catalog, 2);
    const restock = (units: number, key: string) =>
      catalog.call('POST', `/products/${sku}/restock`, { units }, { [HEADERS.idempotencyKey]: key });
    const answers = await Promise.all([restock(5, 'delivery-1'), restock(5, 'delivery-1'), restock(1, 'delivery-2')]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(answers.filter(({ headers }) => headers[HEADERS.idempotentReplayed] === 'true')).toHaveLength(1);
    const other = await restock(6, 'delivery-1');
    expect([other.status, other.body.type]).toEqual([422, 'urn:meridian:problem:idempotency-key-reused']);
    expect((await catalog.call('GET', `/products/${sku}`)).body.available).toBe(8);
  });

  it('are viewed and liked, and likes are taken back', async () => {
    const sku = await createProduct(catalog, 1);
    const likes = [true, true, false].map((liked) => catalog.call('POST', `/products/${sku}/likes`, { liked }));
    await Promise.all([...likes, catalog.call('POST', `/products/${sku}/views`, { views: 3 })]);
    expect((await catalog.call('GET', `/products/${sku}`)).body).toMatchObject({ likes: 1, views: 3 });
  });

  it.each<[string, number, () => ReturnType<ServiceInTest['call']>]>([
    ['a product that is not known', 404, () => catalog.call('GET', `/products/${newSku()}`)],
    ['its stock', 404, () => catalog.call('GET', `/products/${newSku()}/stock`)],
    ['a change of it', 404, () => catalog.call('PATCH', `/products/${newSku()}`, { name: 'x' })],
    ['restocking it', 404, () => catalog.call('POST', `/products/${newSku()}/restock`, { units: 1 })],
    ['a SKU that is none', 400, () => catalog.call('GET', '/products/not%20a%20sku')],
    ['a change of nothing', 400, () => catalog.call('PATCH', `/products/${newSku()}`, {})],
    ['a price below nothing', 400, () => catalog.call('PATCH', `/products/${newSku()}`, { price: eur(-1) })],
    ['no views', 400, () => catalog.call('POST', `/products/${newSku()}/views`, { views: 0 })],
    ['liking what is not known', 404, () => catalog.call('POST', `/products/${newSku()}/likes`, { liked: true })],
    ['a transfer of nothing', 400, () => catalog.call('POST', `/stock/${newSku()}/transfers`, { to: 'x', units: 0 })],
    [
      'a transfer to a region that is none',
      400,
      () => catalog.call('POST', `/stock/${newSku()}/transfers`, { to: 'mars', units: 1, spare: 0 }),
    ],
    ['no units to add', 400, () => catalog.call('POST', `/products/${newSku()}/restock`, { units: 0 })],
    ['a page of none', 400, () => catalog.call('GET', '/products?limit=0')],
    ['an unknown parameter', 400, () => catalog.call('GET', '/products?page=2')],
  ])('%s is refused', async (_what, status, call) => {
    const before = await digest();
    expect((await call()).status).toBe(status);
    expect(await digest()).toEqual(before);
  });
});

describe('the list', () => {
  it('comes in pages, in the order of SKUs, whole and without repetition', async () => {
    const tag = `t${newSku().slice(4).toLowerCase()}`;
    const skus = (
      await Promise.all(Array.from({ length: 5 }, () => createProduct(catalog, 1, { tags: [tag] })))
    ).sort();
    await createProduct(catalog, 1, { tags: ['another'] });
    const pages: string[][] = [];
    let after = '';
    do {
      const { items, next } = (await catalog.call('GET', `/products?tag=${tag}&limit=2${after}`)).body;
      pages.push(items.map((item: { sku: string }) => item.sku));
      after = next === null ? '' : `&after=${next}`;
    } while (after);
    expect(pages).toEqual([skus.slice(0, 2), skus.slice(2, 4), skus.slice(4)]);
  });

  it('shows a product under the tags that it has now', async () => {
    const [tag, later] = [newSku().toLowerCase(), newSku().toLowerCase()];
    const sku = await createProduct(catalog, 1, { tags: [tag] });
    await catalog.call('PATCH', `/products/${sku}`, { tags: [later] });
    const tagged = async (one: string) => (await catalog.call('GET', `/products?tag=${one}`)).body.items;
    expect(await tagged(tag)).toEqual([]);
    expect(await tagged(later)).toMatchObject([{ sku, tags: [later] }]);
  });
});

describe('the service', () => {
  it('answers every operation of the contract, and nothing that does not stand there', () =>
    expect(catalog.routes).toEqual(OPERATIONS.catalog.map((o) => `${o.method.toUpperCase()} ${o.path}`).sort()));
});
