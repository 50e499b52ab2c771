import { randomUUID } from 'node:crypto';
import { dlqTopic, remoteTopic, TOPICS } from '@meridian/contracts';
import { formatHlc, parseHlc } from '@meridian/hlc';
import { DEAD_LETTER_HEADERS, headersToStrings, headerText, type IncomingRecord } from '@meridian/kafka';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type OrderInTest, orderRequest, price, startOrder } from './order.fixture.ts';

let order: OrderInTest;
beforeAll(async () => {
  order = await startOrder(inject('postgresUrl'), inject('kafkaBrokers'));
});
afterAll(() => order.stop());

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
  const { id } = (await order.place(orderRequest())).body;
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

it('I13: an event of a clock that is seconds ahead is held, applied when it can be, and what follows it after it', async () => {
  const [[, apSoutheast], id, aheadMs] = [order.others, randomUUID(), Date.now() + 3_000];
  const letters = await order.read(dlqTopic(remoteTopic(apSoutheast, TOPICS.orders)));
  const ofOrder = () => order.call('GET', `/orders/${id}`);
  await told(id, { placed: placed(apSoutheast, aheadMs) }, [apSoutheast, 101, aheadMs]);
  await told(id, { paid: { ...stamp(apSoutheast, aheadMs - 2_900), paymentReference: 'p' } }, [
    apSoutheast,
    102,
    aheadMs,
  ]);
  await eventually(async () => expect((await ofOrder()).body.status).toBe('paid'), { withinMs: 10_000 });
  // Not before it was near enough: 500 ms ahead.
  expect(Date.now()).toBeGreaterThanOrEqual(aheadMs - 500);
  expect(letters.filter(({ key }) => key?.toString() === id)).toEqual([]);
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
  await order.place(orderRequest());
  const after = await order.database.pool.query('SELECT max(hlc) AS latest FROM orders');
  expect(parseHlc(after.rows[0].latest).wallMs).toBeLessThan(futureMs - 30_000);
});
