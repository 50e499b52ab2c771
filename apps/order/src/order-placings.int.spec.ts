import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { problem, TOPICS } from '@meridian/contracts';
import { formatHlc } from '@meridian/hlc';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type OrderInTest, orderRequest, price, startOrder } from './order.fixture.ts';
import { PlacingAttempts } from './place-order/placing-attempts.ts';
import { orderIdOf, requestHashOf } from './place-order/request-identity.ts';

let order: OrderInTest;
beforeAll(async () => {
  order = await startOrder(inject('postgresUrl'), inject('kafkaBrokers'));
});
afterAll(() => order.stop());

const withinMs = 15_000;
let request: ReturnType<typeof orderRequest>;
let key: string;
let id: string;
beforeEach(() => {
  Object.assign(order.catalog, { reservations: [], reservedIn: undefined, beforeAnswer: undefined });
  Object.assign(order.catalog, { answersWith: undefined, breaksOff: false });
  [request, key] = [orderRequest(), randomUUID()];
  id = orderIdOf(request.customerId, key);
});

const open = async () => {
  const { rowCount } = await order.database.pool.query('SELECT FROM placing_attempts WHERE order_id = $1', [id]);
  return rowCount;
};
const get = () => order.call('GET', `/orders/${id}`);
const asked = () => order.catalog.reservations.filter(({ orderId }) => orderId === id).length;
const fenced = { status: 503, body: problem('region-not-writable') };
const timesOut = { status: 504, body: problem('upstream-timeout') };

describe('a placing', () => {
  it('leaves nothing open once the order tells of it, and a retry opens nothing', async () => {
    expect((await order.place(request, key)).status).toBe(201);
    expect(await open()).toBe(0);
    expect((await order.place(request, key)).status).toBe(200);
    expect([await open(), asked()]).toEqual([0, 1]);
  });

  it.each(['insufficient-stock', 'unknown-sku', 'order-state-conflict'] as const)(
    'that the catalog refuses (%s) leaves nothing open, as nothing is reserved',
    async (name) => {
      order.catalog.answersWith = { status: 409, body: problem(name) };
      expect((await order.place(request, key)).body.type).toBe(`urn:meridian:problem:${name}`);
      expect(await open()).toBe(0);
    },
  );

  it('that the catalog’s fence refuses at once leaves nothing open: nobody places it here later', async () => {
    order.catalog.answersWith = fenced;
    expect((await order.place(request, key)).status).toBe(503);
    expect([await open(), asked()]).toEqual([0, 1]);
  });

  it('is noted before the catalog is asked', async () => {
    let whileAsked: number | null = null;
    order.catalog.beforeAnswer = async () => {
      whileAsked = await open();
    };
    await order.place(request, key);
    expect(whileAsked).toBe(1);
  });
});

describe('a placing that broke off after the catalog may have reserved', () => {
  it('is completed although nobody asks again: the units belong to an order', async () => {
    order.catalog.answersWith = timesOut;
    expect((await order.place(request, key)).status).toBe(504);
    expect([await open(), (await get()).status]).toEqual([1, 404]);
    order.catalog.answersWith = undefined;
    await eventually(async () => expect((await get()).body.status).toBe('placed'), { withinMs });
    expect(await open()).toBe(0);
    expect((await order.place(request, key)).headers['idempotent-replayed']).toBe('true');
  });

  it('stays open when the catalog’s fence refuses it then, which does not look at what is reserved', async () => {
    order.catalog.answersWith = timesOut;
    await order.place(request, key);
    order.catalog.answersWith = fenced;
    expect((await order.place(request, key)).status).toBe(503);
    expect(await open()).toBe(1);
    order.catalog.answersWith = undefined;
    await eventually(async () => expect((await get()).body.status).toBe('placed'), { withinMs });
  });

  it('stays open when its call was sent twice: the first may have arrived', async () => {
    order.catalog.answersWith = fenced;
    order.catalog.breaksOff = true;
    expect((await order.place(request, key)).status).toBe(503);
    expect([await open(), asked()]).toEqual([1, 2]);
  });

  it('stays open when another process has asked for it meanwhile', async () => {
    const placing = Promise.withResolvers<void>();
    order.catalog.beforeAnswer = () => placing.promise;
    order.catalog.answersWith = fenced;
    const refused = order.place(request, key);
    await eventually(() => expect(asked()).toBe(1), { withinMs });
    const attempt = { orderId: id, customerId: request.customerId, lines: request.lines };
    await order.get(PlacingAttempts).open({ ...attempt, requestHash: requestHashOf(request) });
    placing.resolve();
    expect((await refused).status).toBe(503);
    expect(await open()).toBe(1);
  });

  it('stays open for as long as the catalog cannot tell', async () => {
    order.catalog.answersWith = timesOut;
    await order.place(request, key);
    await eventually(() => expect(asked()).toBeGreaterThan(2), { withinMs });
    expect([await open(), (await get()).status]).toEqual([1, 404]);
    order.catalog.answersWith = { status: 409, body: problem('insufficient-stock') };
    await eventually(async () => expect(await open()).toBe(0), { withinMs });
    expect((await get()).status).toBe(404);
  });

  it('and went on in another region is told to be surplus: what was reserved here for nobody goes back', async () => {
    const told = await order.read(TOPICS.orders);
    const [usEast] = order.others;
    order.catalog.answersWith = timesOut;
    await order.place(request, key);
    const at = Date.now();
    const stamp = { hlc: formatHlc({ wallMs: at, counter: 0, region: usEast }), at: new Date(at).toISOString() };
    const placed = {
      ...{ ...stamp, region: usEast, reservedIn: usEast, requestHash: requestHashOf(request) },
      ...{ customerId: request.customerId, total: price, lines: [{ sku: 'KIT-00001', quantity: 1, unitPrice: price }] },
    };
    const event = { topic: TOPICS.orders, key: id, value: { id, facts: { placed } } };
    await order.publish({ ...event, origin: usEast, sequence: 1 });
    await eventually(async () => expect((await get()).body.placedIn).toBe(usEast), { withinMs });
    order.catalog.answersWith = undefined;
    await eventually(
      async () => expect((await get()).body.surplus).toMatchObject([{ reservedIn: 'eu-west', askedBy: 'eu-west' }]),
      { withinMs },
    );
    expect(await open()).toBe(0);
    await eventually(() => expect(told.filter((record) => record.key?.toString() === id)).toHaveLength(1), {
      withinMs,
    });
  });

  it('is settled before another request under its key is looked at, which is then refused', async () => {
    order.catalog.answersWith = timesOut;
    await order.place(request, key);
    order.catalog.answersWith = undefined;
    const other = await order.place({ ...request, lines: request.lines.slice(1) }, key);
    expect([other.status, other.body.type]).toEqual([422, 'urn:meridian:problem:idempotency-key-reused']);
    expect((await get()).body.lines).toHaveLength(request.lines.length);
    expect(await open()).toBe(0);
  });

  it('by kill -9 while the catalog has reserved and not answered: the order comes to be', async () => {
    const { promise: never, resolve: end } = Promise.withResolvers<void>();
    order.catalog.beforeAnswer = () => never;
    // Built, as Node runs no decorators.
    const script = fileURLToPath(new URL('../dist/place-order/place-process.fixture.js', import.meta.url));
    const args = [script, order.database.url, order.catalogUrl, key, JSON.stringify(request)];
    const dying = spawn(process.execPath, args, { stdio: 'inherit' });
    const gone = once(dying, 'exit');
    try {
      await eventually(() => expect(asked()).toBe(1), { withinMs });
      expect([await open(), (await get()).status]).toEqual([1, 404]);
    } finally {
      dying.kill('SIGKILL');
      order.catalog.beforeAnswer = undefined;
      end();
    }
    expect(await gone).toEqual([null, 'SIGKILL']);
    await eventually(async () => expect((await get()).body.status).toBe('placed'), { withinMs });
    expect(await open()).toBe(0);
  });

  it('is found through an index on its age, and those that stay open hide none', async () => {
    const attempts = order.get(PlacingAttempts);
    const ids = Array.from({ length: 5 }, () => randomUUID()).sort();
    for (const orderId of ids)
      await order.database.pool.query(
        `INSERT INTO placing_attempts VALUES ($1, $2, '[]', 'h', clock_timestamp() - interval '1 day')`,
        [orderId, request.customerId],
      );
    const found: string[] = [];
    for (let page = await attempts.findOld(3_600_000, { after: undefined, limit: 2 }); page.length > 0; ) {
      found.push(...page.map(({ orderId }) => orderId));
      page = await attempts.findOld(3_600_000, { after: page.at(-1)?.orderId, limit: 2 });
    }
    await order.database.pool.query('DELETE FROM placing_attempts');
    expect(found).toEqual(ids);
  });
});
