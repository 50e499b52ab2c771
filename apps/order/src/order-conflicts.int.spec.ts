import '@meridian/telemetry/register';
import { randomUUID } from 'node:crypto';
import { TOPICS } from '@meridian/contracts';
import { formatHlc } from '@meridian/hlc';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type OrderInTest, orderRequest, price, startOrder } from './order.fixture.ts';
import { orderIdOf, requestHashOf } from './place-order/request-identity.ts';

/** This region is eu-west. What another one did is told by its events, as a replicator brings them. */
let order: OrderInTest;
let usEast: string;
beforeAll(async () => {
  order = await startOrder(inject('postgresUrl'), inject('kafkaBrokers'));
  [usEast] = order.others;
});
afterAll(() => order.stop());

const TRACE = 'a0000000000000000000000000000001';
let sequence = 0;
const stamp = (atMs: number) => ({
  hlc: formatHlc({ wallMs: atMs, counter: 0, region: usEast }),
  ...{ at: new Date(atMs).toISOString(), region: usEast, trace: TRACE },
});
const tell = async (id: string, facts: object) => {
  sequence += 1;
  const event = { topic: TOPICS.orders, key: id, value: { id, facts }, origin: usEast, sequence };
  for (let twice = 0; twice < 2; twice += 1) await order.publish(event);
  await eventually(
    async () => {
      const { rowCount } = await order.database.pool.query('SELECT FROM inbox WHERE source LIKE $1 AND sequence = $2', [
        `/${usEast}/%`,
        sequence,
      ]);
      expect(rowCount).toBe(1);
    },
    { withinMs: 15_000 },
  );
};
const conflictsOf = async (id: string) => (await order.call('GET', `/orders/conflicts?aggregateId=${id}`)).body.items;
/** A report of what a region wrote finds a write in the ledger by its aggregate and its clock reading. */
const writtenLately = async () => {
  const { publishedSequence, pending } = (await order.call('GET', '/outbox')).body;
  const after = Math.max(0, publishedSequence + pending - 5);
  return (await order.call('GET', `/outbox/events?after=${after}`)).body.events;
};
const placedThere = (request: ReturnType<typeof orderRequest>, atMs: number) => ({
  ...stamp(atMs),
  ...{ customerId: request.customerId, requestHash: requestHashOf(request), reservedIn: usEast },
  lines: request.lines.map((line) => ({ ...line, unitPrice: price })),
  total: { ...price, amountMinor: 3 * price.amountMinor },
});

describe('of two placings of one order', () => {
  const other = (request: ReturnType<typeof orderRequest>) => ({
    ...request,
    lines: request.lines.map((line) => ({ ...line, quantity: line.quantity + 1 })),
  });

  it.each([
    ['that of this region lost', -400, 0],
    ['the one that comes is late and lost', 400, 1],
  ])('the later is in the ledger when %s', async (_what, aheadMs, here) => {
    const [request, key] = [orderRequest(), randomUUID()];
    const id = orderIdOf(request.customerId, key);
    const traceparent = { traceparent: '00-b0000000000000000000000000000002-00f067aa0ba902b7-01' };
    await order.call('POST', '/orders', request, { 'idempotency-key': key, ...traceparent });
    await tell(id, { placed: placedThere(other(request), Date.now() + aheadMs) });
    const [entry, ...more] = await conflictsOf(id);
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ aggregate: 'order', field: 'placed', rule: 'first-fact-holds', status: 'open' });
    const sides = here ? [entry.won, entry.lost] : [entry.lost, entry.won];
    expect(sides).toMatchObject([
      {
        region: 'eu-west',
        traceId: 'b0000000000000000000000000000002',
        value: { requestHash: requestHashOf(request) },
      },
      { region: usEast, traceId: TRACE, value: { requestHash: requestHashOf(other(request)) } },
    ]);
    const again = await order.call('POST', `/orders/conflicts/${entry.id}/reapply`, {});
    expect([again.status, again.body.type]).toEqual([409, 'urn:meridian:problem:not-reappliable']);
  });

  it('none is, when both say the same: a retry is no conflict', async () => {
    const [request, key] = [orderRequest(), randomUUID()];
    const { id } = (await order.place(request, key)).body;
    await tell(id, { placed: placedThere(request, Date.now() - 400) });
    expect(await conflictsOf(id)).toEqual([]);
  });
});

describe('a payment here and a cancellation elsewhere', () => {
  it('are in the ledger, as the rule of the business that overrides the payment', async () => {
    const { id } = (await order.place(orderRequest())).body;
    await order.pay(id, 'card-1');
    const writtenBefore = await writtenLately();
    await tell(id, { cancelled: { ...stamp(Date.now() + 200), reason: 'changed my mind' } });
    const ledger = await conflictsOf(id);
    expect(writtenBefore).toContainEqual(expect.objectContaining({ key: id, hlc: ledger[0].lost.hlc }));
    expect(ledger).toMatchObject([
      {
        ...{ field: 'status', rule: 'refund-when-paid-and-cancelled' },
        lost: { region: 'eu-west', value: { paymentReference: 'card-1' } },
        won: { region: usEast, value: { reason: 'changed my mind' }, traceId: TRACE },
      },
    ]);
  });

  it('are not, when who cancelled knew of the payment', async () => {
    const { id } = (await order.place(orderRequest())).body;
    await order.pay(id, 'card-2');
    const { rows } = await order.database.pool.query(`SELECT state #>> '{paid,hlc}' AS hlc FROM orders WHERE id = $1`, [
      id,
    ]);
    await tell(id, { cancelled: { ...stamp(Date.now() + 200), reason: 'no', knewPaid: rows[0].hlc } });
    expect((await order.call('GET', `/orders/${id}`)).body.status).toMatch(/^refund/);
    expect(await conflictsOf(id)).toEqual([]);
  });
});
