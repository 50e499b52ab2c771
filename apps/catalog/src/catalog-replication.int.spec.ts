import { dlqTopic, remoteTopic, TOPICS } from '@meridian/contracts';
import { formatHlc, parseHlc } from '@meridian/hlc';
import { DEAD_LETTER_HEADERS, headerText, type IncomingRecord } from '@meridian/kafka';
import type { ServiceInTest } from '@meridian/replication/testing';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createProduct, eur, eventuallyProduct, newSku, reserve, startCatalog, told } from './catalog.fixture.ts';
import { CatalogStore } from './persistence/catalog-store.ts';

let catalog: ServiceInTest;
let usEast: string;
let apSoutheast: string;
/** What those regions wrote into their dead letters here. */
let letters: IncomingRecord[];
beforeAll(async () => {
  catalog = await startCatalog(inject('postgresUrl'), inject('kafkaBrokers'));
  [usEast, apSoutheast] = catalog.others;
  letters = await catalog.read(dlqTopic(remoteTopic(usEast, TOPICS.products)));
});
afterAll(() => catalog.stop());

let sequence = 0;
let nowMs: number;
beforeEach(() => {
  nowMs = Date.now();
});

/** Tells what another region wrote of a product; each region counts its own events, as here all of them together. */
const tell = (origin: string, sku: string, value: unknown) => {
  sequence += 1;
  return catalog.publish({ topic: TOPICS.products, origin, sequence, key: sku, value, atMs: nowMs });
};
const delta = (sku: string, fields: object, stock: object = {}) => ({ sku, fields, stock });
const created = (region: string, wallMs: number, units = 7) => [
  {
    name: told('Tea kettle', region, wallMs),
    price: told(eur(1250), region, wallMs),
    tags: told(['tea'], region, wallMs),
  },
  { [region]: told(units, region, wallMs) },
];
const createdElsewhere = (sku: string, region: string, wallMs = nowMs) => {
  const [fields, stock] = created(region, wallMs) as [object, object];
  return tell(region, sku, delta(sku, fields, stock));
};
const stateOf = async (sku: string) => {
  const { rows } = await catalog.database.pool.query('SELECT state FROM products WHERE sku = $1', [sku]);
  return rows[0]?.state;
};

describe('a product of another region', () => {
  it('is readable here, with the stock that it has there, which is not for sale here', async () => {
    const sku = newSku();
    await createdElsewhere(sku, usEast);
    await eventuallyProduct(catalog, sku, ({ status, body }) => {
      expect([status, body]).toMatchObject([
        200,
        { sku, name: 'Tea kettle', price: eur(1250), tags: ['tea'], available: 0, availableElsewhere: 7 },
      ]);
    });
    const stock = (await catalog.call('GET', `/products/${sku}/stock`)).body;
    expect(stock.byRegion).toEqual({ [usEast]: 7 });
    // That region cannot be reached in this test.
    expect((await reserve(catalog, [[sku, 1]])).body.type).toBe('urn:meridian:problem:insufficient-stock');
  });

  it('of which a change comes before the creation is not shown, and then whole', async () => {
    const sku = newSku();
    await tell(usEast, sku, delta(sku, { price: told(eur(999), usEast, nowMs) }));
    await eventually(async () => expect(await stateOf(sku)).toBeDefined(), { withinMs: 10_000 });
    expect((await catalog.call('GET', `/products/${sku}`)).status).toBe(404);
    const list = (await catalog.call('GET', '/products?limit=200')).body.items;
    expect(list.map((item: { sku: string }) => item.sku)).not.toContain(sku);
    await createdElsewhere(sku, usEast, nowMs - 10);
    await eventuallyProduct(catalog, sku, ({ body }) => expect(body).toMatchObject({ price: eur(999), tags: ['tea'] }));
  });

  it('is the same whichever of two changes comes first: the later one holds', async () => {
    const skus = [newSku(), newSku()];
    const price = {
      earlier: (sku: string) => tell(usEast, sku, delta(sku, { price: told(eur(1), usEast, nowMs + 1) })),
      later: (sku: string) => tell(apSoutheast, sku, delta(sku, { price: told(eur(2), apSoutheast, nowMs + 2) })),
    };
    for (const [i, sku] of skus.entries()) {
      await createdElsewhere(sku, usEast);
      const [first, second] = i === 0 ? [price.earlier, price.later] : [price.later, price.earlier];
      await eventuallyProduct(catalog, sku, ({ body }) => expect(body.price).toEqual(eur(1250)));
      await first(sku);
      await eventuallyProduct(catalog, sku, ({ body }) => expect(body.price).not.toEqual(eur(1250)));
      await second(sku);
      // Behind it in its partition: once this is here, so is that.
      await Promise.all([usEast, apSoutheast].map((r) => tell(r, sku, delta(sku, {}, { [r]: told(3, r, nowMs + 3) }))));
      await eventually(async () => expect(Object.keys((await stateOf(sku)).stock)).toHaveLength(2), {
        withinMs: 10_000,
      });
      await eventuallyProduct(catalog, sku, ({ body }) => expect(body.price).toEqual(eur(2)));
    }
    expect(await stateOf(skus[0] as string)).toEqual(await stateOf(skus[1] as string));
  });
});

describe('a product that is changed here and elsewhere at the same time', () => {
  it('keeps both when the fields differ, and the later one when they do not', async () => {
    const sku = await createProduct(catalog, 1);
    await catalog.call('PATCH', `/products/${sku}`, { price: eur(10) });
    const { wallMs } = parseHlc((await stateOf(sku)).fields.price.hlc);
    const name = told('Kettle', usEast, wallMs + 1);
    await tell(usEast, sku, delta(sku, { name, price: told(eur(20), usEast, wallMs - 1) }));
    await eventuallyProduct(catalog, sku, ({ body }) => expect(body).toMatchObject({ name: 'Kettle', price: eur(10) }));
    await tell(usEast, sku, delta(sku, { price: told(eur(30), usEast, wallMs + 1) }));
    await eventuallyProduct(catalog, sku, ({ body }) => expect(body).toMatchObject({ price: eur(30) }));
    // What is written here from now on is later than what came, although that was ahead of this clock.
    expect((await catalog.call('PATCH', `/products/${sku}`, { price: eur(40) })).body.price).toEqual(eur(40));
  });

  it('I3: created there, too, does not get back the units that were sold here', async () => {
    const sku = await createProduct(catalog, 20);
    expect((await reserve(catalog, [[sku, 5]])).status).toBe(200);
    const [fields] = created(usEast, nowMs + 300);
    await tell(usEast, sku, delta(sku, fields as object, { 'eu-west': told(20, usEast, nowMs + 300) }));
    await eventuallyProduct(catalog, sku, ({ body }) => expect(body.tags).toEqual(['tea']));
    expect((await catalog.call('GET', `/products/${sku}`)).body.available).toBe(15);
  });
});

describe('an event that cannot be applied', () => {
  it('I12: goes to the dead letters with its reason, and later ones of its partition are applied within 5 s', async () => {
    const sku = newSku();
    const startedMs = performance.now();
    await tell(usEast, sku, { sku, fields: { price: 'cheap' }, stock: {} });
    await createdElsewhere(sku, usEast);
    await eventuallyProduct(catalog, sku, ({ status }) => expect(status).toBe(200));
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    const ofSku = await eventually(
      () => {
        const found = letters.filter(({ key }) => key?.toString() === sku);
        expect(found).toHaveLength(1);
        return found as [IncomingRecord];
      },
      { withinMs: 5_000 },
    );
    const header = (name: keyof typeof DEAD_LETTER_HEADERS) => headerText(ofSku[0], DEAD_LETTER_HEADERS[name]);
    expect([header('group'), header('topic')]).toEqual(['catalog', remoteTopic(usEast, TOPICS.products)]);
    expect(header('reason')).toContain('fields.price');
    expect(header('reason')).not.toContain('cheap');
  });
});

describe('a database that is away', () => {
  /** Ends the sessions that wait for the table that `holder` has locked; how many there were. */
  const endWaiting = async () => {
    const { rowCount } = await catalog.database.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'catalog' AND wait_event_type = 'Lock'`,
    );
    return rowCount ?? 0;
  };

  const endAll = async () => {
    const { rowCount } = await catalog.database.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> ''`,
    );
    return rowCount ?? 0;
  };

  it('under an event is waited for: no event is lost, and none goes to the dead letters', async () => {
    const [sku, before] = [newSku(), letters.length];
    const holder = await catalog.database.pool.connect();
    await holder.query('BEGIN; LOCK TABLE products IN EXCLUSIVE MODE');
    try {
      await createdElsewhere(sku, usEast);
      // More often, and for longer, than a poison event is tried.
      for (let ended = 0; ended < 6; )
        ended += await eventually(
          async () => {
            const now = await endWaiting();
            expect(now).toBeGreaterThan(0);
            return now;
          },
          { withinMs: 10_000 },
        );
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
    await eventuallyProduct(catalog, sku, ({ status }) => expect(status).toBe(200));
    expect(letters.length).toBe(before);
  });

  it('for all of its sessions at once, again and again, loses none of many events', async () => {
    const [skus, before] = [Array.from({ length: 60 }, newSku), letters.length];
    for (const [i, sku] of skus.entries()) {
      await createdElsewhere(sku, usEast);
      if (i % 6 === 0) await eventually(async () => expect(await endAll()).toBeGreaterThan(0), { withinMs: 10_000 });
    }
    await eventually(
      async () => {
        const { rows } = await catalog.database.pool.query(
          'SELECT count(*)::int AS known FROM products WHERE known AND sku = ANY ($1)',
          [skus],
        );
        expect(rows[0].known).toBe(skus.length);
      },
      { withinMs: 20_000 },
    );
    expect(letters.length).toBe(before);
    // And what is written here is still published: the outbox, too, has a new session.
    const sku = await createProduct(catalog, 1);
    await eventually(async () => expect((await catalog.call('GET', '/outbox')).body.pending).toBe(0), {
      withinMs: 10_000,
    });
    expect((await catalog.call('GET', `/products/${sku}`)).status).toBe(200);
  });

  it('under a request is answered with 503, and that it is not known what became of it', async () => {
    const sku = await createProduct(catalog, 1);
    const holder = await catalog.database.pool.connect();
    await holder.query('BEGIN; LOCK TABLE products IN EXCLUSIVE MODE');
    try {
      const asked = catalog.call('PATCH', `/products/${sku}`, { name: 'Kettle' });
      await eventually(async () => expect(await endWaiting()).toBeGreaterThan(0), { withinMs: 10_000 });
      const { status, headers, body } = await asked;
      expect([status, headers['retry-after']]).toEqual([503, undefined]);
      expect(body.detail).toContain('not known');
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
    expect((await catalog.call('PATCH', `/products/${sku}`, { name: 'Kettle' })).status).toBe(200);
  });
});

it('what is written here is later than all that came from elsewhere, also after a restart', async () => {
  const sku = newSku();
  await createdElsewhere(sku, usEast, nowMs + 400);
  await eventuallyProduct(catalog, sku, ({ status }) => expect(status).toBe(200));
  const mine = await createProduct(catalog, 1);
  const ahead = formatHlc({ wallMs: nowMs + 400, counter: 0, region: usEast });
  const { hlc } = (await stateOf(mine)).fields.name;
  expect(hlc > ahead).toBe(true);
  expect((await catalog.get(CatalogStore).latestHlc()) === hlc).toBe(true);
});
