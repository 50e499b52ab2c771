import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { dlqTopic, OPERATIONS, problem, type ReserveStockRequest, remoteTopic, TOPICS } from '@meridian/contracts';
import { formatHlc, parseHlc } from '@meridian/hlc';
import { DEAD_LETTER_HEADERS, headersToStrings, headerText, type IncomingRecord } from '@meridian/kafka';
import { type ServiceInTest, startServiceInTest } from '@meridian/replication/testing';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { OrderConfig } from './order.config.ts';
import { OrderModule } from './order.module.ts';

const price = { amountMinor: 1250, currency: 'EUR' } as const;

/** A catalog that reserves everything, unless the test says otherwise. Its own behaviour is tested where it lives. */
let catalog: Server;
let catalogAnswers: (request: ReserveStockRequest) => { status: number; body: unknown };
let reservations: ReserveStockRequest[];
let order: ServiceInTest;

beforeAll(async () => {
  catalog = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const reserve = JSON.parse(text) as ReserveStockRequest;
    reservations.push(reserve);
    const { status, body } = catalogAnswers(reserve);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => catalog.listen(0, '127.0.0.1', resolve));
  const { port } = catalog.address() as { port: number };
  order = await startServiceInTest({
    name: 'order',
    appDir: path.join(import.meta.dirname, '..'),
    Config: OrderConfig,
    moduleOf: (config) => OrderModule.told(config),
    postgresUrl: inject('postgresUrl'),
    brokers: inject('kafkaBrokers'),
    env: { CATALOG_URL: `http://127.0.0.1:${port}` },
  });
});
afterAll(async () => {
  await order.stop();
  catalog.closeAllConnections();
  catalog.close();
});
beforeEach(() => {
  reservations = [];
  catalogAnswers = ({ orderId, lines }) => ({
    status: 200,
    body: { orderId, lines: lines.map((line) => ({ ...line, unitPrice: price })) },
  });
});

const request = (over: object = {}) => ({
  customerId: randomUUID(),
  lines: [{ sku: 'KIT-00001', quantity: 2 }],
  ...over,
});
const place = (body: unknown, key: string = randomUUID()) =>
  order.call('POST', '/orders', body, { 'idempotency-key': key });

describe('placing', () => {
  it('answers 201 with the priced order and commits its event with it', async () => {
    const before = await order.database.pool.query('SELECT count(*)::int AS n FROM orders');
    const placed = await place(request());
    expect(placed.status).toBe(201);
    expect(placed.headers.location).toBe(`/orders/${placed.body.id}`);
    expect(placed.body).toMatchObject({ status: 'placed', placedIn: 'eu-west', total: { amountMinor: 2500 } });
    const after = await order.database.pool.query('SELECT count(*)::int AS n FROM orders');
    expect(after.rows[0].n).toBe(before.rows[0].n + 1);
    expect((await order.call('GET', `/orders/${placed.body.id}`)).body).toEqual(placed.body);
  });

  it('again with the same key is the same order; with another body it is refused, and nothing is written', async () => {
    const [body, key] = [request(), randomUUID()];
    const first = await place(body, key);
    const again = await place({ ...body, lines: [...body.lines].reverse() }, key);
    expect([again.status, again.headers['idempotent-replayed'], again.body]).toEqual([200, 'true', first.body]);
    const reused = await place({ ...body, lines: [{ sku: 'KIT-00001', quantity: 3 }] }, key);
    expect([reused.status, reused.body.type]).toEqual([422, 'urn:meridian:problem:idempotency-key-reused']);
    expect(reservations.length).toBe(1);
  });

  it('while the first request with the key is under way is told so', async () => {
    const [body, key] = [request(), randomUUID()];
    const answers = await Promise.all([place(body, key), place(body, key)]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409]);
    expect(answers.find((answer) => answer.status === 409)?.body.type).toBe('urn:meridian:problem:request-in-progress');
  });

  it('passes on what the catalog refuses, and writes nothing', async () => {
    catalogAnswers = () => ({
      status: 409,
      body: problem('insufficient-stock', { detail: 'Not enough of KIT-00001.' }),
    });
    const body = request();
    const key = randomUUID();
    const refused = await place(body, key);
    expect([refused.status, refused.body.type]).toEqual([409, 'urn:meridian:problem:insufficient-stock']);
    const { rowCount } = await order.database.pool.query('SELECT FROM orders WHERE customer_id = $1', [
      body.customerId,
    ]);
    expect(rowCount).toBe(0);
  });
});

describe('the life cycle', () => {
  it('paid and cancelled is due a refund, and saying it twice does it once', async () => {
    const { id } = (await place(request())).body;
    const pay = () => order.call('POST', `/orders/${id}/pay`, { paymentReference: 'p-1' });
    expect((await pay()).body.status).toBe('paid');
    expect((await pay()).body.status).toBe('paid');
    const other = await order.call('POST', `/orders/${id}/pay`, { paymentReference: 'p-2' });
    expect([other.status, other.body.type]).toEqual([409, 'urn:meridian:problem:order-state-conflict']);
    expect((await order.call('POST', `/orders/${id}/cancel`, { reason: 'no' })).body.status).toBe('refund-due');
    const { rows } = await order.database.pool.query('SELECT version FROM orders WHERE id = $1', [id]);
    expect(rows[0].version).toBe(3);
  });
});

describe('replication', () => {
  const stamp = (region: string, atMs: number) => ({
    hlc: formatHlc({ wallMs: atMs, counter: 0, region }),
    at: new Date(atMs).toISOString(),
    region,
  });
  const placed = (region: string, atMs: number) => ({
    ...stamp(region, atMs),
    ...{ customerId: randomUUID(), requestHash: 'x', total: price },
    lines: [{ sku: 'KIT-00001', quantity: 1, unitPrice: price }],
  });
  const told = (id: string, facts: object, [origin, sequence, atMs]: [string, number, number]) =>
    order.publish({ topic: TOPICS.orders, key: id, value: { id, facts }, origin, sequence, atMs });

  it('I10: what was committed is published', async () => {
    const outbox = async () => (await order.call('GET', '/outbox')).body;
    const records = await order.read(TOPICS.orders);
    const { id } = (await place(request())).body;
    await eventually(async () => expect((await outbox()).pending).toBe(0), { withinMs: 10_000 });
    const { publishedSequence, ...rest } = await outbox();
    expect(rest).toEqual({ service: 'order', region: 'eu-west', pending: 0 });
    const record = await eventually(
      () => {
        const found = records.find(({ key }) => key?.toString() === id);
        expect(found).toBeDefined();
        return found as IncomingRecord;
      },
      { withinMs: 10_000 },
    );
    expect(headersToStrings(record.headers)).toMatchObject({
      ...{ ce_type: 'meridian.order.placed.v1', ce_source: '/eu-west/order', ce_subject: id },
      ce_originseq: String(publishedSequence),
    });
  });

  it('an order of another region is readable here, and telling it again changes nothing', async () => {
    const [[usEast], id, atMs] = [order.others, randomUUID(), Date.now() - 100];
    const ofOrder = async () => (await order.call('GET', `/orders/${id}`)).body;
    const first = { placed: placed(usEast, atMs) };
    await told(id, first, [usEast, 1, atMs]);
    await eventually(async () => expect(await ofOrder()).toMatchObject({ placedIn: usEast, status: 'placed' }), {
      withinMs: 10_000,
    });
    await told(id, first, [usEast, 1, atMs]);
    await told(id, { paid: { ...stamp(usEast, atMs + 1), paymentReference: 'p' } }, [usEast, 2, atMs]);
    await eventually(async () => expect(await ofOrder()).toMatchObject({ status: 'paid' }), { withinMs: 10_000 });
    const { rows } = await order.database.pool.query('SELECT version FROM orders WHERE id = $1', [id]);
    expect(rows[0].version).toBe(2);
    // Each event counts once in the lag, however often it came.
    const lag = (await order.call('GET', '/lag')).body.byOrigin[usEast];
    expect(lag).toMatchObject({ count: 2 });
    expect(lag.minMs).toBeGreaterThanOrEqual(100);
  });

  it('an order of which the payment is known before the placing is not shown, and then paid', async () => {
    const [[, apSoutheast], id, atMs] = [order.others, randomUUID(), Date.now()];
    const ofOrder = () => order.call('GET', `/orders/${id}`);
    await told(id, { paid: { ...stamp(apSoutheast, atMs), paymentReference: 'p' } }, [apSoutheast, 1, atMs]);
    const known = async () => (await order.database.pool.query('SELECT FROM orders WHERE id = $1', [id])).rowCount;
    await eventually(async () => expect(await known()).toBe(1), { withinMs: 10_000 });
    expect((await ofOrder()).status).toBe(404);
    await told(id, { placed: placed(apSoutheast, atMs - 5) }, [apSoutheast, 2, atMs]);
    await eventually(async () => expect((await ofOrder()).body.status).toBe('paid'), { withinMs: 10_000 });
  });

  it('paid in one region and cancelled in another is due a refund', async () => {
    const [usEast] = order.others;
    const { id } = (await place(request())).body;
    await order.call('POST', `/orders/${id}/pay`, { paymentReference: 'p-1' });
    const atMs = Date.now();
    await told(id, { cancelled: { ...stamp(usEast, atMs), reason: 'no' } }, [usEast, 3, atMs]);
    await eventually(async () => expect((await order.call('GET', `/orders/${id}`)).body.status).toBe('refund-due'), {
      withinMs: 10_000,
    });
  });

  it('I13: an event from far in the future goes to the dead letters and moves no clock', async () => {
    const [[, apSoutheast], id, futureMs] = [order.others, randomUUID(), Date.now() + 60_000];
    const letters = await order.read(dlqTopic(remoteTopic(apSoutheast, TOPICS.orders)));
    await told(id, { placed: placed(apSoutheast, futureMs) }, [apSoutheast, 3, futureMs]);
    await eventually(() => expect(letters.map(({ key }) => key?.toString())).toEqual([id]), { withinMs: 10_000 });
    expect(headerText(letters[0] as IncomingRecord, DEAD_LETTER_HEADERS.reason)).toMatch(/^ClockDrift: .*ahead/);
    expect((await order.call('GET', `/orders/${id}`)).status).toBe(404);
    const { rows } = await order.database.pool.query('SELECT max(hlc) AS latest FROM orders');
    expect(parseHlc(rows[0].latest).wallMs).toBeLessThan(futureMs - 30_000);
    await place(request());
    const after = await order.database.pool.query('SELECT max(hlc) AS latest FROM orders');
    expect(parseHlc(after.rows[0].latest).wallMs).toBeLessThan(futureMs - 30_000);
  });
});

describe('the operations that every service answers', () => {
  it('health says what it waits for, and the digest changes with the state', async () => {
    expect((await order.call('GET', '/health/ready')).status).toBe(200);
    const before = (await order.call('GET', '/digest')).body;
    await place(request());
    const after = (await order.call('GET', '/digest')).body;
    expect(after.aggregates).toBe(before.aggregates + 1);
    expect(after.digest).not.toBe(before.digest);
  });

  it('every operation of the contract has a route, and every route stands in the contract', () =>
    expect(order.routes).toEqual(OPERATIONS.order.map((o) => `${o.method.toUpperCase()} ${o.path}`).sort()));
});
