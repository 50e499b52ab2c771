import { randomUUID } from 'node:crypto';
import { TOPICS } from '@meridian/contracts';
import type { IncomingRecord } from '@meridian/kafka';
import type { ServiceInTest } from '@meridian/replication/testing';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { availableOf, createProduct, eur, newSku, reserve, startCatalog, told } from './catalog.fixture.ts';

let catalog: ServiceInTest;
let events: IncomingRecord[];
beforeAll(async () => {
  catalog = await startCatalog(inject('postgresUrl'), inject('kafkaBrokers'));
  events = await catalog.read(TOPICS.products);
});
afterAll(() => catalog.stop());

/** How a region of the first version reads an event of a product, word for word. */
const hlc = z.string().regex(/^\d{15}-[0-9a-f]{4}-[a-z0-9-]+$/);
const register = <T extends z.ZodType>(value: T) => z.object({ value, hlc });
const firstVersion = z.object({
  sku: z.string(),
  fields: z.object({
    name: register(z.string().min(1).max(200)).optional(),
    price: register(z.strictObject({ amountMinor: z.int(), currency: z.enum(['EUR', 'USD', 'SGD']) })).optional(),
    tags: register(z.array(z.string()).max(20)).optional(),
  }),
  stock: z.record(z.string(), register(z.int().min(0))),
});

describe('a region of the first version', () => {
  it('can read every event, and finds a register in each, without which it would take it for poison', async () => {
    const [usEast] = catalog.others;
    const sku = await createProduct(catalog, 5, { stock: { 'eu-west': 5, [usEast]: 2 }, tags: ['tea'] });
    const post = (path: string, body: object) => catalog.call('POST', path, body);
    const answers = [
      await catalog.call('PATCH', `/products/${sku}`, { price: eur(900), tags: ['tea', 'hot'] }),
      await post(`/products/${sku}/restock`, { units: 3 }),
      await reserve(catalog, [[sku, 2]]),
      await post(`/stock/${sku}/transfers`, { to: usEast, units: 1, spare: 0 }),
      await post(`/products/${sku}/views`, { views: 1 }),
      await post(`/products/${sku}/likes`, { liked: true }),
    ];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const values = await eventually(
      () => {
        const ofSku = events.filter(({ key }) => key?.toString() === sku);
        expect(ofSku).toHaveLength(answers.length + 1);
        return ofSku.map(({ value }) => JSON.parse(String(value)));
      },
      { withinMs: 10_000 },
    );
    const read = values.map((value) => firstVersion.parse(value));
    for (const { fields, stock } of read)
      expect(Object.keys(fields).length + Object.keys(stock).length).toBeGreaterThan(0);
    // It shows what it always showed, and its own share is for sale there.
    expect(read[0]?.fields).toMatchObject({ name: { value: 'Tea kettle' }, price: { value: eur(1250) } });
    expect(read[0]?.stock[usEast]?.value).toBe(2);
    expect(read[1]?.fields).toMatchObject({ price: { value: eur(900) }, tags: { value: ['hot', 'tea'] } });
    // And nothing later sets its own share anew: it would sell those units twice.
    expect(read.slice(1).map(({ stock }) => stock[usEast])).toEqual(read.slice(1).map(() => undefined));
  });
});

describe('what the first version stored', () => {
  /** A row as it stood before the upgrade, 3 of 8 units reserved. */
  async function oldRow(orderId: string): Promise<string> {
    const [sku, atMs, { pool }] = [newSku(), Date.now(), catalog.database];
    const said = <T>(value: T) => told(value, 'eu-west', atMs);
    const fields = { name: said('Tea kettle'), price: said(eur(1250)), tags: said(['tea']) };
    const state = { fields, stock: { 'eu-west': said(5) } };
    await pool.query(
      `INSERT INTO products (sku, state, hlc, known, tags, available, version) VALUES ($1, $2, $3, true, '{tea}', 5, 7)`,
      [sku, state, said('').hlc],
    );
    await pool.query(
      `INSERT INTO reservations (order_id, sku, quantity, unit_price_minor, currency) VALUES ($1, $2, 3, 1250, 'EUR')`,
      [orderId, sku],
    );
    return sku;
  }

  it('is shown, sold and changed as it was', async () => {
    const sku = await oldRow(randomUUID());
    expect((await catalog.call('GET', `/products/${sku}`)).body).toMatchObject({
      ...{ name: 'Tea kettle', price: eur(1250), priceConflict: [], tags: ['tea'], available: 5, views: 0 },
    });
    expect((await reserve(catalog, [[sku, 5]])).status).toBe(200);
    expect((await reserve(catalog, [[sku, 1]])).status).toBe(409);
    const changed = await catalog.call('PATCH', `/products/${sku}`, { price: eur(1), tags: ['hot'] });
    expect(changed.body).toMatchObject({ price: eur(1), priceConflict: [], tags: ['hot'] });
  });

  it('as a reservation is answered again, and its units come back when the order is cancelled', async () => {
    const orderId = randomUUID();
    const sku = await oldRow(orderId);
    expect((await reserve(catalog, [[sku, 3]], orderId)).status).toBe(200);
    const { hlc: at } = told('', 'eu-west', Date.now());
    const cancelled = { hlc: at, at: new Date().toISOString(), region: 'eu-west', reason: 'no' };
    const value = { id: orderId, facts: { cancelled } };
    await catalog.publish({ topic: TOPICS.orders, origin: 'eu-west', sequence: 9_001, key: orderId, value });
    await eventually(async () => expect(await availableOf(catalog, sku)).toBe(8), { withinMs: 10_000 });
  });
});
