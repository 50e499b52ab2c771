import { randomUUID } from 'node:crypto';
import { TOPICS } from '@meridian/contracts';
import { formatHlc } from '@meridian/hlc';
import { headersToStrings, type IncomingRecord } from '@meridian/kafka';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type OrderInTest, orderRequest, price, startOrder } from './order.fixture.ts';
import { orderIdOf, requestHashOf } from './place-order/request-identity.ts';

/** This region is eu-west. What another one did is told by its events, as a replicator brings them. */
let order: OrderInTest;
let told: IncomingRecord[];
let [usEast, apSoutheast]: readonly [string, string] = ['', ''];
beforeAll(async () => {
  order = await startOrder(inject('postgresUrl'), inject('kafkaBrokers'));
  [usEast, apSoutheast] = order.others;
  told = await order.read(TOPICS.orders);
});
afterAll(() => order.stop());
beforeEach(() => {
  Object.assign(order.catalog, { reservations: [], reservedIn: undefined, beforeAnswer: undefined });
});

const withinMs = 15_000;
let sequence = 0;
const stamp = (region: string, atMs: number) => ({
  hlc: formatHlc({ wallMs: atMs, counter: 0, region }),
  ...{ at: new Date(atMs).toISOString(), region },
});
const tell = async (id: string, region: string, facts: object, times = 1) => {
  sequence += 1;
  const event = { topic: TOPICS.orders, key: id, value: { id, facts }, origin: region, sequence };
  for (let i = 0; i < times; i += 1) await order.publish(event);
};
const get = async (id: string) => (await order.call('GET', `/orders/${id}`)).body;
const history = async (id: string) =>
  (await order.call('GET', `/orders/${id}/history`)).body.history as { what: string; region: string; text: string }[];
/** What this region published of an order: the type and the facts of each event. */
const published = (id: string) =>
  told
    .filter(({ key }) => key?.toString() === id)
    .map((record) => ({
      type: headersToStrings(record.headers).ce_type?.replace(/^meridian\.order\.|\.v1$/g, ''),
      facts: JSON.parse(record.value?.toString() ?? '').facts,
    }));
const refundsIn = async (id: string) => {
  const { rows } = await order.database.pool.query(
    'SELECT FROM sandbox_refunds r JOIN sandbox_charges c ON c.id = r.charge_id WHERE c.order_id = $1',
    [id],
  );
  return rows.length;
};

type Request = ReturnType<typeof orderRequest>;
/** The same request, taken by another region at that time. */
const placedIn = (region: string, atMs: number, request: Request, over: object = {}) => ({
  ...stamp(region, atMs),
  ...{ customerId: request.customerId, requestHash: requestHashOf(request), reservedIn: region },
  lines: request.lines.map((line) => ({ ...line, unitPrice: price })),
  total: { ...price, amountMinor: 3 * price.amountMinor },
  ...over,
});

describe('I4: a key that reached two regions which did not hear of each other', () => {
  it('is the earlier order, and what was reserved for the other is told to be surplus, once', async () => {
    const [request, key] = [orderRequest(), randomUUID()];
    const { id } = (await order.place(request, key)).body;
    const elsewhere = { placed: placedIn(usEast, Date.now() - 400, request) };
    await tell(id, usEast, elsewhere, 3);
    await eventually(async () => expect(await get(id)).toMatchObject({ placedIn: usEast, reservedIn: usEast }), {
      withinMs,
    });
    expect((await get(id)).surplus).toMatchObject([{ reservedIn: 'eu-west' }]);
    await tell(id, usEast, elsewhere);

    await eventually(() => expect(published(id).map(({ type }) => type)).toEqual(['placed', 'surplus']), { withinMs });
    const [, { facts }] = published(id) as [unknown, { facts: Record<string, Record<string, unknown>> }];
    expect(facts.surplus).toMatchObject({
      'eu-west for eu-west': { reservedIn: 'eu-west', region: 'eu-west', sameRequest: true },
    });
    // So that a region of the first version can read it, and the catalog knows what holds instead.
    expect(facts.placed).toEqual(elsewhere.placed);
    expect((await history(id)).map(({ what, region }) => `${what} ${region}`)).toEqual([
      `placed ${usEast}`,
      'surplus eu-west',
    ]);
    // A retry here is the order of there.
    const again = await order.place(request, key);
    expect([again.status, again.body.placedIn]).toEqual([200, usEast]);
    expect(order.catalog.reservations.length).toBe(1);
  });

  it('stays the order of here when that was the earlier one: the other region tells of its surplus', async () => {
    const request = orderRequest();
    const { id } = (await order.place(request)).body;
    await tell(id, usEast, { placed: placedIn(usEast, Date.now() + 100, request) });
    const surplus = { ...stamp(usEast, Date.now() + 101), reservedIn: usEast, sameRequest: true };
    await tell(id, usEast, { surplus: { [`${usEast} for ${usEast}`]: surplus } });
    await eventually(async () => expect((await get(id)).surplus).toHaveLength(1), { withinMs });
    expect(await get(id)).toMatchObject({ placedIn: 'eu-west', reservedIn: 'eu-west' });
    expect(published(id).map(({ type }) => type)).toEqual(['placed']);
  });

  it('tells what it borrowed from the region of the earlier one to be surplus, and not what that one holds itself', async () => {
    order.catalog.reservedIn = usEast;
    const request = orderRequest();
    const { id } = (await order.place(request)).body;
    expect((await get(id)).reservedIn).toBe(usEast);
    await tell(id, usEast, { placed: placedIn(usEast, Date.now() - 400, request) });
    await eventually(async () => expect((await get(id)).surplus).toHaveLength(1), { withinMs });
    expect((await get(id)).surplus).toMatchObject([{ reservedIn: usEast, askedBy: 'eu-west' }]);
    await eventually(() => expect(published(id).map(({ type }) => type)).toEqual(['placed', 'surplus']), { withinMs });
    expect(Object.keys(published(id)[1]?.facts.surplus)).toEqual([`${usEast} for eu-west`]);
  });

  it('with different requests is wholly the earlier one, and says so', async () => {
    const request = orderRequest();
    const { id } = (await order.place(request)).body;
    const other = { ...request, lines: [{ sku: 'KIT-00009', quantity: 3 }] };
    await tell(id, usEast, { placed: placedIn(usEast, Date.now() - 400, other) });
    await eventually(async () => expect((await get(id)).lines).toMatchObject(other.lines), { withinMs });
    const [, surplus] = await history(id);
    expect(surplus?.text).toContain('for another request with the same key, which does not hold');
  });

  it.each([
    ['the same request is answered as a retry', false, 200],
    ['another request is refused', true, 422],
  ])(
    'and whose other placing arrives between the reservation and the order: %s, its units are surplus',
    async (_what, differs, status) => {
      const [request, key] = [orderRequest(), randomUUID()];
      const id = orderIdOf(request.customerId, key);
      const other = differs ? { ...request, lines: [{ sku: 'KIT-00009', quantity: 3 }] } : request;
      order.catalog.beforeAnswer = async () => {
        await tell(id, usEast, { placed: placedIn(usEast, Date.now(), other) });
        await eventually(async () => expect((await get(id)).placedIn).toBe(usEast), { withinMs: 2_000 });
      };
      expect((await order.place(request, key)).status).toBe(status);
      expect((await get(id)).surplus).toMatchObject([{ reservedIn: 'eu-west' }]);
      await eventually(() => expect(published(id).map(({ type }) => type)).toEqual(['surplus']), { withinMs });
    },
  );
});

describe('I4: charged once', () => {
  const charge = (region: string, atMs: number, reference = 'p-1') => {
    const chargeId = randomUUID();
    const s = stamp(region, atMs);
    return {
      paid: { ...s, paymentReference: reference, chargeId },
      charges: { [chargeId]: { ...s, amount: { ...price, amountMinor: 3 * price.amountMinor }, reference } },
    };
  };

  it('two regions that both charged: the earlier payment counts, and the charge of here goes back, once', async () => {
    const { id } = (await order.place(orderRequest())).body;
    const beforeMs = Date.now() - 100;
    expect((await order.pay(id, 'p-1')).body.status).toBe('paid');
    const elsewhere = charge(usEast, beforeMs);
    await tell(id, usEast, elsewhere, 3);
    await eventually(
      async () => {
        const { charges } = await get(id);
        expect(charges.map((c: Record<string, string>) => `${c.region} ${c.state}`).sort()).toEqual([
          'eu-west refunded',
          `${usEast} counts`,
        ]);
      },
      { withinMs },
    );
    expect((await get(id)).status).toBe('paid');
    // Told again, also as an event of its own.
    await tell(id, usEast, elsewhere);
    await eventually(async () => expect(await refundsIn(id)).toBe(1), { withinMs });
    await eventually(
      () => expect(published(id).map(({ type }) => type)).toEqual(['placed', 'paid', 'voided', 'refunded']),
      {
        withinMs,
      },
    );
  });

  it('a charge of here at another total than the earlier placing has goes back, and the order is due again', async () => {
    const request = orderRequest();
    const { id, total } = (await order.place(request)).body;
    expect((await order.pay(id, 'p-1')).body.status).toBe('paid');
    const cheaper = { ...total, amountMinor: total.amountMinor - 100 };
    await tell(id, usEast, { placed: placedIn(usEast, Date.now() - 400, request, { total: cheaper }) }, 2);
    await eventually(async () => expect((await get(id)).charges).toMatchObject([{ state: 'refunded' }]), { withinMs });
    expect(await get(id)).toMatchObject({ status: 'placed', total: cheaper, paidAt: null });
    expect(await refundsIn(id)).toBe(1);
    const texts = (await history(id)).map(({ what, text }) => `${what}: ${text}`).join('\n');
    expect(texts).toContain('it is not of the total that holds, so it does not count and was refunded');
    const { items } = (await order.call('GET', `/orders/conflicts?aggregateId=${id}`)).body;
    expect(items.map(({ rule }: { rule: string }) => rule).sort()).toEqual(['charge-of-another-total']);

    // By the same reference: it is another charge, of the total that holds.
    expect((await order.pay(id, 'p-1')).body).toMatchObject({ status: 'paid', total: cheaper });
    expect((await get(id)).charges).toMatchObject([{ state: 'refunded' }, { state: 'counts', amount: cheaper }]);
    expect(await refundsIn(id)).toBe(1);
    await eventually(
      () =>
        expect(published(id).map(({ type }) => type)).toEqual([
          ...['placed', 'paid', 'surplus', 'voided', 'refunded', 'paid'],
        ]),
      { withinMs },
    );
  });

  it('a charge of another region is not given back here', async () => {
    const { id } = (await order.place(orderRequest())).body;
    expect((await order.pay(id, 'p-1')).body.status).toBe('paid');
    await tell(id, usEast, charge(usEast, Date.now() + 100));
    await eventually(async () => expect((await get(id)).charges).toHaveLength(2), { withinMs });
    expect((await get(id)).charges.map((c: Record<string, string>) => c.state)).toEqual(['counts', 'refund-due']);
    expect(await refundsIn(id)).toBe(0);
  });

  it('an answer that was lost here and a retry elsewhere: one counts, this one goes back', async () => {
    const { id } = (await order.place(orderRequest())).body;
    expect((await order.pay(id, 'sandbox-hang')).status).toBe(504);
    await tell(id, apSoutheast, charge(apSoutheast, Date.now(), 'sandbox-hang'));
    await eventually(async () => expect((await get(id)).status).toBe('paid'), { withinMs });
    // The provider gives it back before the order learns of it.
    await eventually(
      async () => {
        const { charges } = await get(id);
        expect(charges.map((c: Record<string, string>) => `${c.region} ${c.state}`).sort()).toEqual([
          `${apSoutheast} counts`,
          'eu-west refunded',
        ]);
      },
      { withinMs },
    );
    expect(await refundsIn(id)).toBe(1);
  });

  it('paid here and cancelled elsewhere goes back from here', async () => {
    const { id } = (await order.place(orderRequest())).body;
    await order.pay(id, 'p-1');
    await tell(id, usEast, { cancelled: { ...stamp(usEast, Date.now()), reason: 'no' } }, 2);
    await eventually(async () => expect((await get(id)).status).toBe('refunded'), { withinMs });
    expect(await refundsIn(id)).toBe(1);
    expect((await history(id)).map(({ what }) => what).sort()).toEqual([
      ...['cancelled', 'charged', 'paid', 'placed', 'refunded', 'surplus'],
    ]);
  });

  it('paid elsewhere and cancelled here stays due until the region that charged says that it gave it back', async () => {
    const { id } = (await order.place(orderRequest())).body;
    await order.cancel(id);
    const there = charge(usEast, Date.now());
    await tell(id, usEast, there);
    await eventually(async () => expect((await get(id)).status).toBe('refund-due'), { withinMs });
    const [chargeId] = Object.keys(there.charges) as [string];
    const refund = { ...stamp(usEast, Date.now()), amount: price };
    await tell(id, usEast, { refunds: { [chargeId]: refund } });
    await eventually(async () => expect((await get(id)).status).toBe('refunded'), { withinMs });
    expect(await refundsIn(id)).toBe(0);
  });
});

describe('regions of other versions', () => {
  it('an event of the first version is read as it was meant', async () => {
    const id = randomUUID();
    const { reservedIn, ...placed } = placedIn(usEast, Date.now() - 400, orderRequest());
    await tell(id, usEast, { placed });
    await tell(id, usEast, { paid: { ...stamp(usEast, Date.now() - 300), paymentReference: 'p' } });
    await tell(id, usEast, { cancelled: { ...stamp(usEast, Date.now() - 200), reason: 'no' } });
    await eventually(async () => expect(await get(id)).toMatchObject({ status: 'refund-due', reservedIn }), {
      withinMs,
    });
  });

  it('an event of facts that are not known yet is passed over, and the next one applied', async () => {
    const id = randomUUID();
    await tell(id, usEast, { returned: { ...stamp(usEast, Date.now() - 300), why: 'later' } });
    await tell(id, usEast, { placed: placedIn(usEast, Date.now() - 400, orderRequest()) });
    await eventually(async () => expect((await get(id)).status).toBe('placed'), { withinMs });
  });
});
