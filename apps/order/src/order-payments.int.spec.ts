import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { CarryOut } from './carry-out.ts';
import { type OrderInTest, orderRequest, startOrder } from './order.fixture.ts';
import { PaymentAttempts } from './payment/payment-attempts.ts';
import { PaymentProvider } from './payment/payment-provider.ts';

let order: OrderInTest;
beforeAll(async () => {
  order = await startOrder(inject('postgresUrl'), inject('kafkaBrokers'));
});
afterAll(() => order.stop());

const provider = () => order.get<PaymentProvider>(PaymentProvider as never);

let id: string;
beforeEach(async () => {
  id = (await order.place(orderRequest())).body.id;
});

const withinMs = 15_000;
const get = async () => (await order.call('GET', `/orders/${id}`)).body;
const states = async () => (await get()).charges.map(({ state }: { state: string }) => state);
const history = async () =>
  (await order.call('GET', `/orders/${id}/history`)).body.history.map(({ what }: { what: string }) => what);

/** What the provider's account holds of the order, whatever the order says; and what is open. */
const account = async () => {
  const { rows } = await order.database.pool.query(
    `SELECT (SELECT count(*)::int FROM sandbox_charges WHERE order_id = $1) AS charges,
            (SELECT count(*)::int FROM sandbox_refunds r JOIN sandbox_charges c ON c.id = r.charge_id
             WHERE c.order_id = $1) AS refunds,
            (SELECT count(*)::int FROM payment_attempts WHERE order_id = $1) AS open`,
    [id],
  );
  return rows[0] as { charges: number; refunds: number; open: number };
};
const events = async (type: string) => {
  const { rows } = await order.database.pool.query('SELECT FROM told WHERE key = $1 AND type = $2', [id, type]);
  return rows.length;
};
/** The outbox is emptied by the relay: what went through it is kept beside it. */
beforeAll(() =>
  order.database.pool.query(`
    CREATE TABLE told (key text, type text);
    CREATE FUNCTION keep_told() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO told VALUES (NEW.key, NEW.type); RETURN NULL; END $$;
    CREATE TRIGGER keep_told AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION keep_told()`),
);

describe('a payment', () => {
  it('is charged once, counts, and is told with its charge', async () => {
    const paid = await order.pay(id, 'p-1');
    expect([paid.status, paid.body.status]).toEqual([200, 'paid']);
    expect(paid.body.charges).toMatchObject([{ state: 'counts', region: 'eu-west', amount: paid.body.total }]);
    expect(await account()).toEqual({ charges: 1, refunds: 0, open: 0 });
    expect(await history()).toEqual(['placed', 'charged', 'paid']);
  });

  it('that is declined is answered 402, and another may be tried', async () => {
    const declined = await order.pay(id, 'sandbox-decline');
    expect([declined.status, declined.body.type]).toEqual([402, 'urn:meridian:problem:payment-declined']);
    expect(await account()).toEqual({ charges: 0, refunds: 0, open: 0 });
    expect((await order.pay(id, 'p-2')).status).toBe(200);
  });

  it('that the provider answers twice is one charge and one payment', async () => {
    expect((await order.pay(id, 'sandbox-twice')).status).toBe(200);
    // Told again by hand, too, and long after.
    const [{ id: chargeId, amount }] = (await get()).charges;
    const charge = { id: chargeId, amount, reference: 'sandbox-twice' };
    await order.get(CarryOut).command(id, () => ({ type: 'PayOrder', charge }));
    expect(await states()).toEqual(['counts']);
    expect(await events('meridian.order.paid.v1')).toBe(1);
    expect(await account()).toEqual({ charges: 1, refunds: 0, open: 0 });
  });

  it('whose answer is lost is of unknown outcome, and asking again finds the charge that was made', async () => {
    const hung = await order.pay(id, 'sandbox-hang');
    expect([hung.status, hung.body.type]).toEqual([504, 'urn:meridian:problem:payment-outcome-unknown']);
    expect(hung.headers['retry-after']).toBe('1');
    expect(hung.body.detail).toContain('Send the same request again');
    expect(await account()).toEqual({ charges: 1, refunds: 0, open: 1 });
    expect((await order.pay(id, 'sandbox-hang')).body.status).toBe('paid');
    expect(await account()).toEqual({ charges: 1, refunds: 0, open: 0 });
  });

  it('whose answer is lost is settled although nobody asks again', async () => {
    expect((await order.pay(id, 'sandbox-hang')).status).toBe(504);
    await eventually(async () => expect((await get()).status).toBe('paid'), { withinMs });
    await eventually(async () => expect(await account()).toEqual({ charges: 1, refunds: 0, open: 0 }), { withinMs });
  });

  it('by another reference waits for what became of the first: an order is charged once', async () => {
    expect((await order.pay(id, 'sandbox-hang')).status).toBe(504);
    const other = await order.pay(id, 'p-2');
    expect([other.status, other.body.type]).toEqual([409, 'urn:meridian:problem:order-state-conflict']);
    expect(await account()).toEqual({ charges: 1, refunds: 0, open: 0 });
    expect((await get()).status).toBe('paid');
  });
});

describe('a process that dies between the steps of a payment', () => {
  const key = 'a key of the dead process';
  /** What is there when it died: the attempt, and, if it came that far, the charge. */
  const leave = async (charged: boolean) => {
    const attempt = { orderId: id, key: `${key} ${id}`, reference: 'p-dead', amount: (await get()).total };
    await order.get(PaymentAttempts).open(attempt);
    if (charged) await provider().charge(attempt, AbortSignal.timeout(1_000));
  };

  it.each([
    ['before the charge', false],
    ['after the charge', true],
  ])('%s leaves nothing that no order knows', async (_when, charged) => {
    await leave(charged);
    expect(await account()).toMatchObject({ charges: charged ? 1 : 0, open: 1 });
    await eventually(async () => expect((await get()).status).toBe('paid'), { withinMs });
    await eventually(async () => expect(await account()).toEqual({ charges: 1, refunds: 0, open: 0 }), { withinMs });
  });

  it('by kill -9 while the provider has charged and not answered: the charge is found and the order paid', async () => {
    // Built, as Node runs no decorators.
    const script = fileURLToPath(new URL('../dist/pay-order/pay-process.fixture.js', import.meta.url));
    const dying = spawn(process.execPath, [script, order.database.url, id, 'sandbox-hang'], { stdio: 'inherit' });
    const gone = once(dying, 'exit');
    try {
      await eventually(async () => expect(await account()).toMatchObject({ charges: 1, open: 1 }), { withinMs });
      expect((await get()).status).toBe('placed');
    } finally {
      dying.kill('SIGKILL');
    }
    expect(await gone).toEqual([null, 'SIGKILL']);
    await eventually(async () => expect((await get()).status).toBe('paid'), { withinMs });
    await eventually(async () => expect(await account()).toEqual({ charges: 1, refunds: 0, open: 0 }), { withinMs });
    expect(await events('meridian.order.paid.v1')).toBe(1);
  });

  it('after the charge, and the order is cancelled before it is found: the money goes back', async () => {
    await leave(true);
    expect((await order.cancel(id)).body.status).toBe('cancelled');
    await eventually(async () => expect((await get()).status).toBe('refunded'), { withinMs });
    expect(await account()).toEqual({ charges: 1, refunds: 1, open: 0 });
    expect(await history()).toEqual(['placed', 'cancelled', 'charged', 'refunded']);
  });
});

describe('a refund', () => {
  it('follows a cancellation of what was paid, once, and is told once', async () => {
    await order.pay(id, 'p-1');
    expect((await order.cancel(id)).body.status).toBe('refund-due');
    await eventually(async () => expect((await get()).status).toBe('refunded'), { withinMs });
    expect(await account()).toEqual({ charges: 1, refunds: 1, open: 0 });
    expect(await events('meridian.order.refunded.v1')).toBe(1);
    expect(await history()).toEqual(['placed', 'charged', 'paid', 'cancelled', 'refunded']);
    expect((await order.pay(id, 'p-1')).body.status).toBe('refunded');
  });

  it('that was made and not noted is made once and noted', async () => {
    await order.pay(id, 'p-1');
    const [{ id: chargeId }] = (await get()).charges;
    // As a process leaves it that dies between the provider and the order.
    await provider().refund({ key: `refund ${chargeId}`, chargeId });
    await order.cancel(id);
    await eventually(async () => expect((await get()).status).toBe('refunded'), { withinMs });
    expect(await account()).toEqual({ charges: 1, refunds: 1, open: 0 });
  });

  it('is found through an index that holds nothing else, also by a plan made for any page', async () => {
    const client = await order.database.pool.connect();
    await client.query('BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan');
    await client.query('SET LOCAL enable_bitmapscan = off');
    const select = 'SELECT id::text, state, version FROM orders WHERE refund_due AND id > $1::uuid ORDER BY orders.id';
    await client.query(`PREPARE due AS ${select} LIMIT 100`);
    const { rows } = await client.query(`EXPLAIN EXECUTE due ('${id}')`);
    await client.query('ROLLBACK; DEALLOCATE due');
    client.release();
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('orders_refund_due');
  });
});
