import { randomUUID } from 'node:crypto';
import { TOPICS } from '@meridian/contracts';
import { alreadyApplied } from '@meridian/inbox';
import { firstRoutingTable, type RegionState } from '@meridian/regions';
import { AggregateTurns, RegionClock } from '@meridian/replication';
import type { ServiceInTest } from '@meridian/replication/testing';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { CatalogConfig } from './catalog.config.ts';
import { availableOf, createProduct, eur, newSku, reserve, startCatalog, told } from './catalog.fixture.ts';
import { CatalogStore } from './persistence/catalog-store.ts';
import { Database } from './persistence/database.ts';
import { ReserveHere } from './reserve-stock/reserve-here.ts';

let catalog: ServiceInTest;
beforeAll(async () => {
  catalog = await startCatalog(inject('postgresUrl'), inject('kafkaBrokers'));
});
afterAll(() => catalog.stop());

const statusesOf = (answers: { status: number }[]) =>
  Object.fromEntries([...Map.groupBy(answers, ({ status }) => status)].map(([status, { length }]) => [status, length]));
const available = (sku: string) => availableOf(catalog, sku);
const databaseName = () => new URL(catalog.database.url).pathname.slice(1);
const times = <T>(n: number, make: (i: number) => T) => Array.from({ length: n }, (_, i) => make(i));

describe('a reservation', () => {
  it('I3: of 50 concurrent orders for 20 units, 20 are reserved, and the stock is never below 0', async () => {
    const products = await catalog.read(TOPICS.products);
    const sku = await createProduct(catalog, 20);
    const answers = await Promise.all(times(50, () => reserve(catalog, [[sku, 1]])));
    expect(statusesOf(answers)).toEqual({ 200: 20, 409: 30 });
    expect(answers.find(({ status }) => status === 409)?.body.type).toBe('urn:meridian:problem:insufficient-stock');
    expect(await available(sku)).toBe(0);
    // Every state that the stock went through was told.
    await eventually(
      () => {
        const ofSku = products.filter(({ key }) => key?.toString() === sku);
        const spent = ofSku.map(({ value }) => JSON.parse(String(value)).rights?.spent['eu-west'] ?? 0);
        expect(spent).toEqual(times(21, (i) => i));
      },
      { withinMs: 10_000 },
    );
  });

  it('takes the units of all its lines or of none', async () => {
    const [plenty, scarce] = [await createProduct(catalog, 100), await createProduct(catalog, 10)];
    const answers = await Promise.all(
      times(20, () =>
        reserve(catalog, [
          [plenty, 3],
          [scarce, 2],
        ]),
      ),
    );
    expect(statusesOf(answers)).toEqual({ 200: 5, 409: 15 });
    expect(await Promise.all([available(plenty), available(scarce)])).toEqual([85, 0]);
  });

  it('does not deadlock with one of the same products in the other order, also in another process', async () => {
    // Two would do; with more of them the two statements are under way together for longer.
    const skus = await Promise.all(times(40, () => createProduct(catalog, 60)));
    // The planner chooses the order in which rows are found. Here it can only be that of the lines, as in a large table.
    for (const way of ['hashjoin', 'mergejoin', 'seqscan', 'bitmapscan'])
      await catalog.database.pool.query(
        `ALTER ROLE CURRENT_USER IN DATABASE ${databaseName()} SET enable_${way} = off`,
      );
    // Processes have turns of their own; what two of them share is the database.
    const config = catalog.get(CatalogConfig);
    const databases = [new Database(config), new Database(config)];
    const clock = new RegionClock({ region: catalog.region });
    const processes = databases.map((d) => new ReserveHere(new CatalogStore(d, config), new AggregateTurns(), clock));
    const outcomes = await Promise.allSettled(
      times(100, (i) => {
        const lines = (i % 2 ? skus : skus.toReversed()).map((sku) => ({ sku, quantity: 1 }));
        return (processes[i % 2] as ReserveHere).reserve({ orderId: randomUUID(), lines });
      }),
    );
    await Promise.all(databases.map((d) => d.$disconnect()));
    // Two processes can meet at one row so often that one of them gives up; it then took nothing.
    const refusals = outcomes.flatMap((o) => {
      if (o.status === 'rejected') return [o.reason.problem];
      return o.value.ok ? [] : [o.value.reason];
    });
    for (const refusal of refusals) expect(['InsufficientStock', 'concurrent-change']).toContain(refusal);
    const sold = outcomes.length - refusals.length;
    expect(sold).toBeGreaterThan(50);
    expect(await Promise.all(skus.map(available))).toEqual(skus.map(() => 60 - sold));
  });

  it('asked for again answers the same, also when the price has changed, and takes nothing more', async () => {
    const [sku, orderId] = [await createProduct(catalog, 5), randomUUID()];
    const first = await reserve(catalog, [[sku, 2]], orderId);
    expect(first.body).toEqual({ orderId, reservedIn: 'eu-west', lines: [{ sku, quantity: 2, unitPrice: eur(1250) }] });
    await catalog.call('PATCH', `/products/${sku}`, { price: eur(1) });
    const again = await reserve(catalog, [[sku, 2]], orderId);
    expect([again.status, again.body]).toEqual([200, first.body]);
    const other = await reserve(catalog, [[sku, 3]], orderId);
    expect([other.status, other.body.type]).toEqual([422, 'urn:meridian:problem:idempotency-key-reused']);
    expect(await available(sku)).toBe(3);
  });

  it('asked for by many at once for one order is one', async () => {
    const [sku, orderId] = [await createProduct(catalog, 5), randomUUID()];
    const answers = await Promise.all(times(8, () => reserve(catalog, [[sku, 2]], orderId)));
    expect(statusesOf(answers)).toEqual({ 200: 8 });
    expect(await available(sku)).toBe(3);
  });

  it('of a product that is not known, or in two currencies, takes nothing', async () => {
    const [sku, unknown] = [await createProduct(catalog, 5), newSku()];
    const dollars = await createProduct(catalog, 5, { price: { amountMinor: 100, currency: 'USD' } });
    const refused = await reserve(catalog, [
      [sku, 1],
      [unknown, 1],
    ]);
    expect([refused.status, refused.body.type]).toEqual([422, 'urn:meridian:problem:unknown-sku']);
    expect(refused.body.detail).toContain(unknown);
    expect(
      (
        await reserve(catalog, [
          [sku, 1],
          [dollars, 1],
        ])
      ).status,
    ).toBe(400);
    expect(await Promise.all([available(sku), available(dollars)])).toEqual([5, 5]);
  });
});

describe('the units of a cancelled order', () => {
  const cancelled = (id: string, origin: string, sequence: number) => {
    const { hlc } = told('', origin, Date.now());
    const facts = { cancelled: { hlc, at: new Date().toISOString(), region: origin, reason: 'no' } };
    return catalog.publish({ topic: TOPICS.orders, origin, sequence, key: id, value: { id, facts } });
  };
  /** By the region whose placing is in vain. */
  const tellSurplus = (
    id: string,
    { reservedIn, region }: { reservedIn: string; region: string },
    sequence: number,
  ) => {
    const { hlc } = told('', region, Date.now());
    const fact = { hlc, at: new Date().toISOString(), region, reservedIn, sameRequest: true };
    const value = { id, facts: { surplus: { [`${reservedIn} for ${region}`]: fact } } };
    return catalog.publish({ topic: TOPICS.orders, origin: region, sequence, key: id, value });
  };
  const applied = (origin: string, sequence: number) =>
    eventually(
      async () => {
        const { pool } = catalog.database;
        expect(await alreadyApplied(pool, { source: `/${origin}/order`, sequence })).toBe(true);
      },
      { withinMs: 10_000 },
    );

  it('come back once, however often and from wherever the event comes', async () => {
    const [[usEast], sku, orderId] = [catalog.others, await createProduct(catalog, 5), randomUUID()];
    await reserve(catalog, [[sku, 2]], orderId);
    expect(await available(sku)).toBe(3);
    await cancelled(orderId, 'eu-west', 1001);
    await eventually(async () => expect(await available(sku)).toBe(5), { withinMs: 10_000 });
    await cancelled(orderId, 'eu-west', 1001);
    await cancelled(orderId, usEast, 1);
    // What comes behind them in the same partitions has been applied: so have they.
    await Promise.all([cancelled(orderId, 'eu-west', 1002), cancelled(orderId, usEast, 2)]);
    await Promise.all([applied('eu-west', 1002), applied(usEast, 2)]);
    expect(await available(sku)).toBe(5);
    const again = await reserve(catalog, [[sku, 2]], orderId);
    expect([again.status, again.body.type]).toEqual([409, 'urn:meridian:problem:order-state-conflict']);
  });

  it('come back here also when it was cancelled in another region, on top of what was restocked meanwhile', async () => {
    const [[, apSoutheast], sku, orderId] = [catalog.others, await createProduct(catalog, 5), randomUUID()];
    await reserve(catalog, [[sku, 5]], orderId);
    await catalog.call('POST', `/products/${sku}/restock`, { units: 10 });
    await cancelled(orderId, apSoutheast, 1);
    await eventually(async () => expect(await available(sku)).toBe(15), { withinMs: 10_000 });
  });

  it('come back, too, when the order turns out to have been placed elsewhere with units of that region', async () => {
    const [[usEast], sku] = [catalog.others, await createProduct(catalog, 5)];
    const [surplus, needed] = [randomUUID(), randomUUID()];
    for (const orderId of [surplus, needed]) await reserve(catalog, [[sku, 2]], orderId);
    await tellSurplus(needed, { reservedIn: usEast, region: usEast }, 11);
    await tellSurplus(surplus, { reservedIn: catalog.region, region: catalog.region }, 2001);
    await Promise.all([applied(usEast, 11), applied('eu-west', 2001)]);
    expect(await available(sku)).toBe(3);
  });

  it('and were borrowed by another region come back when that one placed it in vain; its own placing keeps its own', async () => {
    const [[usEast, apSoutheast], sku, orderId] = [catalog.others, await createProduct(catalog, 9), randomUUID()];
    const borrow = (forwardedFrom: string) =>
      catalog.call('POST', '/reservations', { orderId, forwardedFrom, lines: [{ sku, quantity: 2 }] });
    await reserve(catalog, [[sku, 2]], orderId);
    for (const region of [usEast, apSoutheast, usEast]) expect((await borrow(region)).status).toBe(200);
    // One each: the same placing asks again for its own.
    expect(await available(sku)).toBe(3);
    await tellSurplus(orderId, { reservedIn: catalog.region, region: apSoutheast }, 21);
    await applied(apSoutheast, 21);
    expect(await available(sku)).toBe(5);
    await tellSurplus(orderId, { reservedIn: catalog.region, region: catalog.region }, 2002);
    await applied('eu-west', 2002);
    expect(await available(sku)).toBe(7);
    // What is left is of the placing that holds: it is answered as before, and ends with the order.
    expect((await borrow(usEast)).status).toBe(200);
    expect((await borrow(apSoutheast)).body.type).toBe('urn:meridian:problem:order-state-conflict');
    await cancelled(orderId, usEast, 22);
    await applied(usEast, 22);
    expect(await available(sku)).toBe(9);
  });

  it('of a version that did not note who asked come back when this region is named, as they did', async () => {
    const [[usEast], sku, orderId] = [catalog.others, await createProduct(catalog, 5), randomUUID()];
    await reserve(catalog, [[sku, 2]], orderId);
    await catalog.database.pool.query(`UPDATE reservations SET asked_by = '' WHERE order_id = $1`, [orderId]);
    expect((await reserve(catalog, [[sku, 2]], orderId)).status).toBe(200);
    expect(await available(sku)).toBe(3);
    await tellSurplus(orderId, { reservedIn: catalog.region, region: usEast }, 31);
    await applied(usEast, 31);
    expect(await available(sku)).toBe(5);
  });

  it('come back also in a region that was taken out: they are owed, whoever takes the writes of clients', async () => {
    const sku = await createProduct(catalog, 20);
    const orderId = randomUUID();
    await reserve(catalog, [[sku, 5]], orderId);
    const table = firstRoutingTable([catalog.region, ...catalog.others]);
    const tell = (epoch: number, state: RegionState) => {
      const regions = { ...table.regions, [catalog.region]: { state, weight: 1, sinceEpoch: epoch } };
      return catalog.call('PUT', '/epoch', { table: { ...table, epoch, regions } });
    };
    expect((await tell(1, 'failed')).status).toBe(200);
    await cancelled(orderId, catalog.others[1], 2);
    const released = 'SELECT FROM reservations WHERE order_id = $1 AND released_at IS NOT NULL';
    await eventually(async () => expect((await catalog.database.pool.query(released, [orderId])).rowCount).toBe(1), {
      withinMs: 10_000,
    });
    expect((await tell(2, 'active')).status).toBe(200);
    expect(await available(sku)).toBe(20);
  });

  it('that were reserved in another region do not come back here', async () => {
    const [[usEast], sku] = [catalog.others, await createProduct(catalog, 5)];
    await cancelled(randomUUID(), usEast, 3);
    await applied(usEast, 3);
    expect(await available(sku)).toBe(5);
  });
});
