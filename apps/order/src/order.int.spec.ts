import { randomUUID } from 'node:crypto';
import { OPERATIONS, problem } from '@meridian/contracts';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type OrderInTest, orderRequest, startOrder } from './order.fixture.ts';
import { Database } from './persistence/database.ts';

let order: OrderInTest;
beforeAll(async () => {
  order = await startOrder(inject('postgresUrl'), inject('kafkaBrokers'));
});
afterAll(() => order.stop());
beforeEach(async () => {
  // What an earlier test left open would be completed in the midst of this one.
  await order.database.pool.query('DELETE FROM placing_attempts');
  order.catalog.reservations = [];
  order.catalog.answersWith = undefined;
});

/** What is written: orders, and events published or not. */
const written = async () => {
  const { rows } = await order.database.pool.query(
    `SELECT (SELECT count(*)::int FROM orders) AS orders,
            (SELECT count(*)::int FROM outbox) + (SELECT sequence::int FROM outbox_position) AS events`,
  );
  return rows[0] as { orders: number; events: number };
};

describe('placing', () => {
  it('answers 201 with the priced order and commits its event with it', async () => {
    const before = await written();
    const placed = await order.place(orderRequest());
    expect([placed.status, placed.headers.location]).toEqual([201, `/orders/${placed.body.id}`]);
    expect(placed.body).toMatchObject({
      ...{ status: 'placed', placedIn: 'eu-west', paidAt: null, cancelledAt: null },
      total: { amountMinor: 3 * 1250, currency: 'EUR' },
    });
    expect(await written()).toEqual({ orders: before.orders + 1, events: before.events + 1 });
    expect((await order.call('GET', `/orders/${placed.body.id}`)).body).toEqual(placed.body);
  });

  it('again with the same key is the same order; with another body it is refused, and nothing is written', async () => {
    const [body, key] = [orderRequest(), randomUUID()];
    const first = await order.place(body, key);
    const before = await written();
    const again = await order.place({ ...body, lines: body.lines.toReversed() }, key);
    expect([again.status, again.headers['idempotent-replayed'], again.body]).toEqual([200, 'true', first.body]);
    const reused = await order.place({ ...body, lines: body.lines.slice(1) }, key);
    expect([reused.status, reused.body.type]).toEqual([422, 'urn:meridian:problem:idempotency-key-reused']);
    expect(await written()).toEqual(before);
    expect(order.catalog.reservations.length).toBe(1);
  });

  it('with a key that another customer used is another order', async () => {
    const key = randomUUID();
    const [one, another] = [await order.place(orderRequest(), key), await order.place(orderRequest(), key)];
    expect([one.status, another.status]).toEqual([201, 201]);
    expect(one.body.id).not.toBe(another.body.id);
  });

  it('while the first request with the key is under way is told so', async () => {
    const [body, key] = [orderRequest(), randomUUID()];
    const answers = await Promise.all([order.place(body, key), order.place(body, key)]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409]);
    expect(answers.find((answer) => answer.status === 409)?.body.type).toBe('urn:meridian:problem:request-in-progress');
  });

  it('that broke off between the reservation and the order is completed by asking again', async () => {
    const [body, key] = [orderRequest(), randomUUID()];
    const holder = await order.database.pool.connect();
    await holder.query('BEGIN; LOCK TABLE orders IN EXCLUSIVE MODE');
    try {
      const broken = order.place(body, key);
      await eventually(
        async () => {
          const { rowCount } = await order.database.pool.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'order' AND wait_event_type = 'Lock'`,
          );
          expect(rowCount).toBe(1);
        },
        { withinMs: 10_000 },
      );
      expect((await broken).body.type).toBe('urn:meridian:problem:service-unavailable');
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
    const completed = await order.place(body, key);
    expect(completed.status).toBe(201);
    expect(order.catalog.reservations.map(({ orderId }) => orderId)).toEqual([completed.body.id, completed.body.id]);
  });

  it.each([
    ['refuses', { status: 409, body: problem('insufficient-stock', { detail: 'x' }) }, 409, 'insufficient-stock'],
    ['is away', { status: 503, body: problem('service-unavailable') }, 503, 'service-unavailable'],
    ['fails', { status: 500, body: problem('internal-error', { detail: 'secret' }) }, 502, 'upstream-error'],
    ['says nonsense', { status: 200, body: { lines: 'many' } }, 502, 'upstream-error'],
  ])('writes nothing when the catalog %s', async (_what, answer, status, type) => {
    order.catalog.answersWith = answer;
    const before = await written();
    const refused = await order.place(orderRequest());
    expect([refused.status, refused.body.type]).toEqual([status, `urn:meridian:problem:${type}`]);
    expect(JSON.stringify(refused.body)).not.toContain('secret');
    expect(await written()).toEqual(before);
  });

  it.each<[string, string, Record<string, string>, object?]>([
    ['no key', 'idempotency-key-missing', {}],
    ['a key of spaces', 'invalid-request', { 'idempotency-key': 'a b' }],
    ['a key too long', 'invalid-request', { 'idempotency-key': 'x'.repeat(129) }],
    ['no lines', 'invalid-request', { 'idempotency-key': 'k' }, { lines: [] }],
    [
      'a SKU in two lines',
      'invalid-request',
      { 'idempotency-key': 'k' },
      { lines: Array(2).fill({ sku: 'KIT-1', quantity: 1 }) },
    ],
    [
      'a price of its own',
      'invalid-request',
      { 'idempotency-key': 'k' },
      { lines: [{ sku: 'KIT-1', quantity: 1, unitPrice: 1 }] },
    ],
  ])('with %s is refused, and nothing is reserved', async (_what, type, headers, over) => {
    const refused = await order.call('POST', '/orders', orderRequest(over), headers);
    expect([refused.status, refused.body.type]).toEqual([400, `urn:meridian:problem:${type}`]);
    expect(order.catalog.reservations).toEqual([]);
  });
});

describe('the life cycle', () => {
  it('saying a step twice takes it once', async () => {
    const { id } = (await order.place(orderRequest())).body;
    expect((await order.pay(id, 'p-1')).body.status).toBe('paid');
    expect((await order.pay(id, 'p-1')).body.status).toBe('paid');
    const other = await order.pay(id, 'p-2');
    expect([other.status, other.body.type]).toEqual([409, 'urn:meridian:problem:order-state-conflict']);
    const { rows } = await order.database.pool.query('SELECT version FROM orders WHERE id = $1', [id]);
    expect(rows[0].version).toBe(2);
    expect((await order.cancel(id)).body.status).toMatch(/^refund/);
    expect((await order.cancel(id)).body.status).toMatch(/^refund/);
    await eventually(async () => expect((await order.call('GET', `/orders/${id}`)).body.status).toBe('refunded'), {
      withinMs: 10_000,
    });
  });

  it('cancelled cannot be paid, and is not charged', async () => {
    const { id } = (await order.place(orderRequest())).body;
    expect((await order.cancel(id)).body.status).toBe('cancelled');
    expect((await order.pay(id, 'p')).status).toBe(409);
    const { rows } = await order.database.pool.query('SELECT FROM sandbox_charges WHERE order_id = $1', [id]);
    expect(rows.length).toBe(0);
  });

  it('of an order that is not known is none', async () => {
    const before = await written();
    const path = `/orders/${randomUUID()}`;
    const answers = [
      await order.call('GET', path),
      await order.call('GET', `${path}/history`),
      await order.call('POST', `${path}/pay`, { paymentReference: 'p' }),
      await order.call('POST', `${path}/cancel`, { reason: 'no' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect(await written()).toEqual(before);
  });

  it('keeps one of many payments at once, and charges no other', async () => {
    const { id } = (await order.place(orderRequest())).body;
    const statuses = (await Promise.all(Array.from({ length: 8 }, (_, i) => order.pay(id, `p-${i}`)))).map(
      ({ status }) => status,
    );
    expect(statuses.sort()).toEqual([200, ...Array(7).fill(409)]);
    const { rows } = await order.database.pool.query('SELECT FROM sandbox_charges WHERE order_id = $1', [id]);
    expect(rows.length).toBe(1);
  });
});

describe('the operations that every service answers', () => {
  it('health says what it waits for, and the digest changes with the state', async () => {
    expect((await order.call('GET', '/health/ready')).status).toBe(200);
    const before = (await order.call('GET', '/digest')).body;
    await order.place(orderRequest());
    const after = (await order.call('GET', '/digest')).body;
    expect(after.aggregates).toBe(before.aggregates + 1);
    expect(after.digest).not.toBe(before.digest);
  });

  it('load alone makes no service not ready: health is asked over a connection of its own', async () => {
    const { pool } = order.get(Database);
    const requests = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
    try {
      expect((await order.call('GET', '/health/ready')).status).toBe(200);
    } finally {
      for (const request of requests) request.release();
    }
  });

  it('every operation of the contract has a route, and every route stands in the contract', () =>
    expect(order.routes).toEqual(OPERATIONS.order.map((o) => `${o.method.toUpperCase()} ${o.path}`).sort()));
});
