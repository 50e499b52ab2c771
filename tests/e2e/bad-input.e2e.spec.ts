import { randomUUID } from 'node:crypto';
import {
  atService,
  createProduct,
  deadLetters,
  expectConvergence,
  ordersHeld,
  placeOrder,
  regions,
  sql,
  viaEdge,
} from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import { beforeAll, describe, expect, it } from 'vitest';

const sku = `BAD-${randomUUID().slice(0, 8).toUpperCase()}`;
const customerId = randomUUID();
const order = (over: object = {}) => ({ customerId, lines: [{ sku, quantity: 1 }], ...over });

const post = (body: unknown, headers: Record<string, string> = {}) =>
  viaEdge('eu-west', '/orders', { method: 'POST', body, headers: { 'idempotency-key': randomUUID(), ...headers } });

/** All that an order could leave behind in its region. */
const traces = async () => {
  const [[orders], [stock]] = await Promise.all([
    sql<{ orders: string; sequence: string }>(
      'eu-west',
      'order',
      `SELECT (SELECT count(*) FROM orders)::text AS orders,
              ((SELECT sequence FROM outbox_position) + (SELECT count(*) FROM outbox))::text AS sequence`,
    ),
    sql<{ available: number; version: number; reservations: string }>(
      'eu-west',
      'catalog',
      `SELECT available, version, (SELECT count(*) FROM reservations)::text AS reservations
       FROM products WHERE sku = $1`,
      [sku],
    ),
  ]);
  return { orders, stock };
};

describe('bad input is answered with a problem and writes nothing', () => {
  beforeAll(async () => {
    expect((await createProduct('eu-west', sku, { 'eu-west': 5 })).status).toBe(201);
  });

  it.each<[string, number, string, () => ReturnType<typeof post>]>([
    ['malformed JSON', 400, 'malformed-request', () => post('{"customerId":')],
    ['an unknown field', 400, 'invalid-request', () => post(order({ coupon: 'X' }))],
    ['a wrong type', 400, 'invalid-request', () => post(order({ lines: 'many' }))],
    ['a negative quantity', 400, 'invalid-request', () => post(order({ lines: [{ sku, quantity: -1 }] }))],
    ['an absurd quantity', 400, 'invalid-request', () => post(order({ lines: [{ sku, quantity: 1e12 }] }))],
    ['a fraction', 400, 'invalid-request', () => post(order({ lines: [{ sku, quantity: 1.5 }] }))],
    ['no lines', 400, 'invalid-request', () => post(order({ lines: [] }))],
    ['a body of 2 MB', 413, 'payload-too-large', () => post(order({ note: 'x'.repeat(2_000_000) }))],
    [
      'another media type',
      415,
      'unsupported-media-type',
      () => post('<order/>', { 'content-type': 'application/xml' }),
    ],
    ['an unknown SKU', 422, 'unknown-sku', () => post(order({ lines: [{ sku: 'NO-SUCH-SKU', quantity: 1 }] }))],
    [
      'an unknown SKU beside one that is there',
      422,
      'unknown-sku',
      () =>
        post(
          order({
            lines: [
              { sku, quantity: 1 },
              { sku: 'NO-SUCH-SKU', quantity: 1 },
            ],
          }),
        ),
    ],
    ['more than there is', 409, 'insufficient-stock', () => post(order({ lines: [{ sku, quantity: 6 }] }))],
    [
      'no Idempotency-Key',
      400,
      'idempotency-key-missing',
      () => viaEdge('eu-west', '/orders', { method: 'POST', body: order() }),
    ],
    ['an unknown order', 404, 'not-found', () => viaEdge('eu-west', `/orders/${randomUUID()}`)],
    ['an id that is none', 400, 'invalid-request', () => viaEdge('eu-west', '/orders/not-a-uuid')],
    ['an unknown path', 404, 'not-found', () => viaEdge('eu-west', '/nothing-here')],
    [
      'a path inside the region',
      404,
      'not-found',
      () => viaEdge('eu-west', '/reservations', { method: 'POST', body: {} }),
    ],
  ])('%s → %i %s', async (_what, status, type, call) => {
    const before = await traces();
    expect(before.stock).toBeDefined();
    const answer = await call();
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect({ status: answer.status, type: answer.body.type }).toEqual({ status, type: `urn:meridian:problem:${type}` });
    expect(answer.body.status).toBe(status);
    expect(JSON.stringify(answer.body)).not.toMatch(/\bat .*\.(js|ts):\d+/);
    expect(await traces()).toEqual(before);
  });

  it('a reused Idempotency-Key with another body is refused, and with the same body answered as before', async () => {
    const key = randomUUID();
    const first = await placeOrder('eu-west', { sku, key, customerId });
    expect(first.status).toBe(201);
    const again = await placeOrder('eu-west', { sku, key, customerId });
    expect([again.status, again.headers['idempotent-replayed'], again.body.id]).toEqual([200, 'true', first.body.id]);
    const before = await traces();
    const other = await placeOrder('eu-west', { sku, key, customerId, quantity: 2 });
    expect([other.status, other.body.type]).toEqual([422, 'urn:meridian:problem:idempotency-key-reused']);
    expect(await traces()).toEqual(before);
  });

  it('a retry that reaches another region becomes the same order', async () => {
    const request = { sku: `${sku}-2`, key: randomUUID(), customerId: randomUUID() };
    await createProduct('eu-west', request.sku, Object.fromEntries(regions.map((r) => [r, 5])));
    await eventually(async () => expect((await viaEdge('us-east', `/products/${request.sku}`)).status).toBe(200), {
      withinMs: 10_000,
    });
    const answers = await Promise.all([placeOrder('eu-west', request), placeOrder('us-east', request)]);
    expect(answers.map(({ headers }) => headers['x-meridian-region'])).toEqual(['eu-west', 'us-east']);
    for (const { status, headers, body } of answers) {
      // 200 when the other region's order was here already.
      const expected = headers['idempotent-replayed'] === 'true' ? 200 : 201;
      expect(status, JSON.stringify(body)).toBe(expected);
    }
    const [id, other] = answers.map(({ body }) => body.id);
    expect(other).toBe(id);
    await expectConvergence(15_000);
    for (const region of regions)
      expect(await ordersHeld(region, [request.customerId]), region).toEqual([{ id, customerId: request.customerId }]);
  });
});

describe('I12: a poison event', () => {
  it('is dead-lettered once with its reason in every other region, and its partition goes on within 5 s', async () => {
    const poisoned = `${sku}-3`;
    await createProduct('us-east', poisoned, { 'us-east': 5 });
    const { body: placed } = await placeOrder('us-east', { sku: poisoned });
    const others = regions.filter((region) => region !== 'us-east');
    const poisonedAt = performance.now();
    // What no service of ours would write, put between two events of the same key, so in the same partition.
    await sql(
      'us-east',
      'order',
      `INSERT INTO outbox (topic, key, type, hlc, value)
       SELECT 'orders.v1', $1, 'meridian.order.placed.v1', max(hlc), '{"nonsense":true}' FROM orders`,
      [placed.id],
    );
    const paid = await viaEdge('us-east', `/orders/${placed.id}/pay`, {
      method: 'POST',
      body: { paymentReference: 'after the poison' },
    });
    expect(paid.status).toBe(200);
    const wentOnAfterMs = await Promise.all(
      others.map(async (region) => {
        await eventually(
          async () => expect((await atService(region, 'order', `/orders/${placed.id}`)).body.status).toBe('paid'),
          { withinMs: 10_000 },
        );
        return performance.now() - poisonedAt;
      }),
    );
    console.log(`  went on after ${wentOnAfterMs.map(Math.round).join(', ')} ms in ${others.join(', ')}`);
    // Half a second for the way there, and for the payment that shows it.
    for (const ms of wentOnAfterMs) expect(ms).toBeLessThan(5_500);

    for (const region of others) {
      // Two services read the orders of other regions, and each gives it up for itself: once.
      const letters = await eventually(
        async () => {
          const found = (await deadLetters(region, 'us-east.orders.v1')).filter((l) => l.key === placed.id);
          expect(found.map((l) => l.value)).toEqual(Array(2).fill('{"nonsense":true}'));
          return found;
        },
        { withinMs: 5_000 },
      );
      expect(letters.map((l) => l.group).sort()).toEqual(['catalog', 'order']);
      for (const letter of letters) expect(letter.reason).toContain('does not match its schema');
    }
  });
});
