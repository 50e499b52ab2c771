import { randomUUID } from 'node:crypto';
import {
  atService,
  createProduct,
  deadLetters,
  digestsOf,
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

const ordersAndOutbox = async () => {
  const [row] = await sql<{ orders: string; sequence: string }>(
    'eu-west',
    'order',
    `SELECT (SELECT count(*) FROM orders)::text AS orders,
            ((SELECT sequence FROM outbox_position) + (SELECT count(*) FROM outbox))::text AS sequence`,
  );
  return row;
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
    const before = await ordersAndOutbox();
    const answer = await call();
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect({ status: answer.status, type: answer.body.type }).toEqual({ status, type: `urn:meridian:problem:${type}` });
    expect(answer.body.status).toBe(status);
    expect(JSON.stringify(answer.body)).not.toMatch(/\bat .*\.(js|ts):\d+/);
    expect(await ordersAndOutbox()).toEqual(before);
  });

  it('a reused Idempotency-Key with another body is refused, and with the same body answered as before', async () => {
    const key = randomUUID();
    const first = await placeOrder('eu-west', { sku, key, customerId });
    expect(first.status).toBe(201);
    const again = await placeOrder('eu-west', { sku, key, customerId });
    expect([again.status, again.headers['idempotent-replayed'], again.body.id]).toEqual([200, 'true', first.body.id]);
    const other = await placeOrder('eu-west', { sku, key, customerId, quantity: 2 });
    expect([other.status, other.body.type]).toEqual([422, 'urn:meridian:problem:idempotency-key-reused']);
  });

  it('a retry that reaches another region becomes the same order', async () => {
    const key = randomUUID();
    const request = { sku: `${sku}-2`, key, customerId };
    await createProduct('eu-west', request.sku, Object.fromEntries(regions.map((r) => [r, 5])));
    await eventually(async () => expect((await viaEdge('us-east', `/products/${request.sku}`)).status).toBe(200), {
      withinMs: 10_000,
    });
    const [a, b] = await Promise.all([placeOrder('eu-west', request), placeOrder('us-east', request)]);
    expect(a.headers['x-meridian-region']).not.toBe(b.headers['x-meridian-region']);
    expect(a.body.id).toBe(b.body.id);
    await eventually(
      async () => {
        const digests = Object.values(await digestsOf('order'));
        expect(new Set(digests.map((d) => d.digest)).size).toBe(1);
      },
      { withinMs: 15_000 },
    );
  });

  it('what outsiders may not send does not reach a service', async () => {
    const answer = await viaEdge('eu-west', `/products/${sku}`, {
      headers: { 'x-meridian-region': 'us-east', baggage: 'role=admin', connection: 'x-meridian-region, keep-alive' },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers['x-meridian-region']).toBe('eu-west');
  });
});

describe('I12: a poison event', () => {
  it('is dead-lettered once with its reason in every other region, and its partition goes on within 5 s', async () => {
    const poisoned = `${sku}-3`;
    await createProduct('us-east', poisoned, { 'us-east': 5 });
    const { body: placed } = await placeOrder('us-east', { sku: poisoned });
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
    for (const region of regions.filter((r) => r !== 'us-east')) {
      await eventually(
        async () => expect((await atService(region, 'order', `/orders/${placed.id}`)).body.status).toBe('paid'),
        { withinMs: 5_500 },
      );
      const letters = (await deadLetters(region, 'us-east.orders.v1')).filter((l) => l.key === placed.id);
      // Two services read the orders of other regions, and each gives it up for itself: once.
      expect(letters.map((l) => l.value)).toEqual(Array(2).fill('{"nonsense":true}'));
      expect(letters.map((l) => l.group).sort()).toEqual(['catalog', 'order']);
      for (const letter of letters) expect(letter.reason).toContain('does not match its schema');
    }
  });
});
