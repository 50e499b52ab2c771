import { randomUUID } from 'node:crypto';
import { remoteTopic, TOPICS } from '@meridian/contracts';
import { formatHlc } from '@meridian/hlc';
import { headersToStrings } from '@meridian/kafka';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type OrderInTest, orderRequest, price, startOrder } from './order.fixture.ts';

let order: OrderInTest;
let usEast: string;
beforeAll(async () => {
  order = await startOrder(inject('postgresUrl'), inject('kafkaBrokers'));
  [usEast] = order.others;
});
afterAll(() => order.stop());

const placed = (atMs: number) => ({
  ...{ hlc: formatHlc({ wallMs: atMs, counter: 0, region: usEast }), at: new Date(atMs).toISOString(), region: usEast },
  ...{ customerId: randomUUID(), requestHash: 'x', total: price },
  lines: [{ sku: 'KIT-00001', quantity: 1, unitPrice: price }],
});
const tell = (sequence: number, facts: object, id = randomUUID()) =>
  order.publish({ topic: TOPICS.orders, origin: usEast, sequence, key: id, value: { id, facts } });

describe('what the service could not apply', () => {
  it('is listed, shown without its value unless that is asked for, and replayed when it can be', async () => {
    // Too far ahead to be held until it can be applied.
    const soonMs = Date.now() + 6_000;
    const id = randomUUID();
    await tell(1, { placed: placed(soonMs) }, id);
    const listed = async () => (await order.call('GET', '/dead-letters')).body;
    const { items } = await eventually(
      async () => {
        const found = await listed();
        expect(found.items).toHaveLength(1);
        return found;
      },
      { withinMs: 10_000 },
    );
    const [letter] = items;
    expect(letter).toMatchObject({
      ...{ key: id, source: `/${usEast}/order`, sequence: 1, replayedAt: null, replayFailure: null },
      ...{ reason: expect.stringMatching(/^ClockDrift/), topic: remoteTopic(usEast, TOPICS.orders) },
    });

    const path = `/dead-letters/${letter.id}`;
    const shown = (await order.call('GET', path)).body;
    expect(shown).toMatchObject({ ...letter, valueBytes: expect.any(Number) });
    expect(Object.fromEntries(shown.headers)).toMatchObject({ ce_subject: id, ce_originseq: '1' });
    expect(shown).not.toHaveProperty('value');
    expect(JSON.parse((await order.call('GET', `${path}?value=true`)).body.value)).toMatchObject({ id });

    // The clock comes near enough by itself: the same bytes are then no poison any more.
    await eventually(
      async () => {
        const { results } = (await order.call('POST', '/dead-letters/replay', { ids: [letter.id] })).body;
        expect(results).toEqual([{ id: letter.id, outcome: 'replayed', reason: null }]);
      },
      { withinMs: 10_000, everyMs: 200 },
    );
    expect((await order.call('GET', `/orders/${id}`)).body).toMatchObject({ placedIn: usEast, status: 'placed' });
    expect((await listed()).items).toEqual([]);
    const { items: all } = (await order.call('GET', '/dead-letters?status=all')).body;
    expect(all).toMatchObject([{ id: letter.id, replayedAt: expect.any(String) }]);
  });

  it.each([
    ['a dead letter that there is not', 404, 'GET', '/dead-letters/orders.v1:0:7', undefined],
    ['a name that is none', 400, 'GET', '/dead-letters/orders', undefined],
    ['a replay of nothing', 400, 'POST', '/dead-letters/replay', { ids: [] }],
    ['a resending of nothing', 400, 'POST', '/resend', { ids: [] }],
    ['more buckets than there are', 400, 'GET', '/digest?buckets=5000', undefined],
    ['a bucket that is no number', 400, 'GET', '/digest/aggregates?buckets=16&in=1,x', undefined],
  ] as const)('%s is refused', async (_what, status, method, url, body) =>
    expect((await order.call(method, url, body)).status).toBe(status),
  );
});

describe('what the service holds', () => {
  it('is found by its bucket and sent again as an event that says all of it', async () => {
    const records = await order.read(TOPICS.orders);
    const { id } = (await order.place(orderRequest())).body;
    await order.call('POST', `/orders/${id}/pay`, { paymentReference: 'p' });
    const { digest, aggregates, buckets } = (await order.call('GET', '/digest?buckets=16')).body;
    expect((await order.call('GET', '/digest')).body).toMatchObject({ digest, aggregates });
    const all = Object.keys(buckets).join(',');
    const held = (await order.call('GET', `/digest/aggregates?buckets=16&in=${all}`)).body.aggregates;
    expect(held).toHaveLength(aggregates);
    expect(held.map((one: { id: string }) => one.id)).toContain(id);

    const answer = await order.call('POST', '/resend', { ids: [id, randomUUID()] });
    expect(answer.body).toEqual({ service: 'order', region: 'eu-west', resent: 1 });
    const event = await eventually(
      () => {
        const resent = records.find(({ headers }) => String(headers.ce_type) === 'meridian.order.resent.v1');
        if (!resent) throw new Error('it has not come');
        return resent;
      },
      { withinMs: 10_000 },
    );
    expect(headersToStrings(event.headers)).toMatchObject({ ce_subject: id, ce_source: '/eu-west/order' });
    const { rows } = await order.database.pool.query('SELECT state FROM orders WHERE id = $1', [id]);
    expect(JSON.parse(String(event.value))).toEqual({ id, facts: rows[0].state });
  });
});

it('what is missing of a source is told, and told no more when it was said to be here', async () => {
  await tell(5, { placed: placed(Date.now()) });
  const source = `/${usEast}/order`;
  const state = async () => (await order.call('GET', '/inbox')).body.bySource[source];
  const gap = { firstSequence: 2, lastSequence: 4 };
  await eventually(async () => expect(await state()).toMatchObject({ appliedUpTo: 1, missing: 3, gaps: [gap] }), {
    withinMs: 10_000,
  });
  const closed = await order.call('POST', '/inbox/close', { source, gaps: [gap] });
  expect(closed.body).toMatchObject({ closed: 3 });
  expect(await state()).toMatchObject({ appliedUpTo: 5, missing: 0, gaps: [], openDeadLetters: 0 });
});
