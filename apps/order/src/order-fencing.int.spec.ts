import { randomUUID } from 'node:crypto';
import { isFencedCommit } from '@meridian/fencing';
import { firstRoutingTable, type RegionState } from '@meridian/regions';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type OrderInTest, orderRequest, price, startOrder } from './order.fixture.ts';
import { PaymentAttempts } from './payment/payment-attempts.ts';

/** Money under an epoch that is over: none is taken, and what was taken is accounted for. */
let order: OrderInTest;
beforeAll(async () => {
  order = await startOrder(inject('postgresUrl'), inject('kafkaBrokers'));
});
afterAll(() => order.stop());

let epoch = 0;
async function becomes(state: RegionState): Promise<void> {
  epoch += 1;
  const table = firstRoutingTable([order.region, ...order.others]);
  const regions = { ...table.regions, [order.region]: { state, weight: 1, sinceEpoch: epoch } };
  const told = await order.call('PUT', '/epoch', { table: { ...table, epoch, regions } });
  expect(told.status).toBe(200);
}
beforeEach(() => becomes('active'));

const placed = async (): Promise<string> => (await order.place(orderRequest())).body.id;
const open = async (id: string) => {
  const { rows } = await order.database.pool.query('SELECT FROM payment_attempts WHERE order_id = $1', [id]);
  return rows.length;
};

describe('in a region that takes no writes', () => {
  it('an order is not placed, and no units are asked for', async () => {
    await becomes('evacuated');
    const asked = order.catalog.reservations.length;
    const refused = await order.place(orderRequest());
    expect([refused.status, refused.body.type]).toEqual([503, 'urn:meridian:problem:region-not-writable']);
    expect(order.catalog.reservations.length).toBe(asked);
  });

  it('an order that was let in before is not placed either: its commit is refused', async () => {
    order.catalog.beforeAnswer = () => becomes('failed');
    const refused = await order.place(orderRequest());
    order.catalog.beforeAnswer = undefined;
    expect([refused.status, refused.body.type]).toEqual([503, 'urn:meridian:problem:region-not-writable']);
    const { rows } = await order.database.pool.query('SELECT FROM orders WHERE id = $1', [
      order.catalog.reservations.at(-1)?.orderId,
    ]);
    expect(rows).toEqual([]);
  });

  it('an order that the catalog’s fence refuses is refused like one that was not let in', async () => {
    const type = 'urn:meridian:problem:region-not-writable';
    order.catalog.answersWith = { status: 503, body: { type, title: 'Not now', status: 503 } };
    const refused = await order.place(orderRequest());
    order.catalog.answersWith = undefined;
    expect([refused.status, refused.body.type]).toEqual([503, type]);
    expect(refused.headers['x-meridian-epoch']).toBe(String(epoch));
  });

  it('a payment that was let in before begins no charge: its attempt cannot be noted', async () => {
    const id = await placed();
    await becomes('failed');
    const attempt = { orderId: id, key: randomUUID(), reference: 'p-1', amount: price };
    const failure = await order
      .get(PaymentAttempts)
      .open(attempt)
      .catch((thrown) => thrown);
    expect(isFencedCommit(failure)).toBe(true);
    expect(await open(id)).toBe(0);
  });

  it('a charge whose answer was lost comes to its order all the same', async () => {
    const id = await placed();
    expect((await order.pay(id, 'sandbox-hang-1')).status).toBe(504);
    expect(await open(id)).toBe(1);
    await becomes('failed');
    await eventually(async () => expect(await open(id)).toBe(0), { withinMs: 15_000 });
    await becomes('active');
    expect((await order.call('GET', `/orders/${id}`)).body.status).toBe('paid');
  });
});
