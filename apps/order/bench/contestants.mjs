/**
 * The processes that `npm run bench -- stack-tax` measures (tests/bench): placed orders written by the order service's own
 * store, and the same rows by plain pg. Asked `{ clients, forMs }`, each answers how many it wrote. It runs what was built.
 */
import { randomUUID } from 'node:crypto';
import { createHlcClock } from '@meridian/hlc';
import pg from 'pg';

const [role, databaseUrl] = process.argv.slice(2);
const region = 'eu-west';
const clock = createHlcClock({ region, wallClockMs: Date.now });
const price = { amountMinor: 1999, currency: 'EUR' };
const NO_DEPS = '{"writes": {}, "after": {}}';

/** As the service would decide it. */
function placedOrder() {
  const lines = [{ sku: 'TEA-1', quantity: 1, unitPrice: price }];
  const stamp = { hlc: clock.now(), at: new Date().toISOString(), region };
  const requestHash = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
  return { id: randomUUID(), placed: { ...stamp, customerId: randomUUID(), lines, total: price, requestHash } };
}

/** Of a service: see `createPrismaPool`. */
const POOL_SIZE = 5;

const INSERT_ORDER = `INSERT INTO orders (id, state, hlc, status, customer_id, refund_due, version, deps)
  VALUES ($1, $2, $3, $4, $5, false, 1, $6)`;
const INSERT_EVENT = 'INSERT INTO outbox (topic, key, type, hlc, deps, value)';
const DELETE_PLACING = 'DELETE FROM placing_attempts WHERE order_id = $1 AND request_hash =';
const TOPIC = 'orders.v1';
const TYPE = 'meridian.order.placed.v1';

const orderValues = ({ id, placed }) => [
  ...[id, JSON.stringify({ placed }), placed.hlc, 'placed', placed.customerId, NO_DEPS],
];
const eventValues = ({ id, placed }) => [TOPIC, id, TYPE, placed.hlc, '', JSON.stringify({ id, facts: { placed } })];

async function byStore(database) {
  const { OrderStore } = await import('../dist/persistence/order-store.js');
  const { toEvent } = await import('../dist/persistence/order-shapes.js');
  const store = new OrderStore(database, { databaseUrl, region });
  return async ({ id, placed }) => {
    const facts = { placed };
    const order = { id, facts, version: 0, deps: { writes: {}, after: {} } };
    const event = toEvent(id, facts, facts, undefined);
    if (!(await store.commit(order, [event], { endsPlacing: placed.requestHash })))
      throw new Error('The store wrote nothing.');
  };
}

const WRITERS = {
  async service() {
    const { Database } = await import('../dist/persistence/database.js');
    return byStore(new Database({ databaseUrl, region }));
  },

  /** The same store and statement, sent by plain pg: what is left of the difference is not Prisma's. */
  async 'store-without-prisma'() {
    const { Prisma } = await import('../dist/generated/prisma/client.js');
    const pool = new pg.Pool({ connectionString: databaseUrl, max: POOL_SIZE });
    return byStore({
      async $queryRaw(strings, ...values) {
        const { text, values: flat } = Prisma.sql(strings, ...values);
        return (await pool.query({ name: 'commit', text, values: flat })).rows;
      },
    });
  },

  /** One statement, prepared once per connection: the least that anybody could write. */
  async 'pg-statement'() {
    const pool = new pg.Pool({ connectionString: databaseUrl, max: POOL_SIZE });
    const text = `WITH written AS (${INSERT_ORDER} RETURNING id), ended AS (${DELETE_PLACING} $13)
      ${INSERT_EVENT} SELECT $7, $8, $9, $10, $11, $12 FROM written`;
    return async (order) => {
      const values = [...orderValues(order), ...eventValues(order), order.placed.requestHash];
      await pool.query({ name: 'place', text, values });
    };
  },

  /** A transaction of a statement per table, as most would write it. */
  async 'pg-transaction'() {
    const pool = new pg.Pool({ connectionString: databaseUrl, max: POOL_SIZE });
    return async (order) => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        await client.query({ name: 'order', text: INSERT_ORDER, values: orderValues(order) });
        const event = { name: 'event', text: `${INSERT_EVENT} VALUES ($1, $2, $3, $4, $5, $6)` };
        await client.query({ ...event, values: eventValues(order) });
        const values = [order.id, order.placed.requestHash];
        await client.query({ name: 'ended', text: `${DELETE_PLACING} $2`, values });
        await client.query('COMMIT');
      } finally {
        client.release();
      }
    };
  },

  /** Nothing is written: a question and its answer on the same connections, which no write can undercut. */
  async 'round-trip'() {
    const pool = new pg.Pool({ connectionString: databaseUrl, max: POOL_SIZE });
    return async () => {
      await pool.query({ name: 'ask', text: 'SELECT 1' });
    };
  },
};

const write = await WRITERS[role]();

process.on('message', async ({ clients, forMs }) => {
  try {
    const beganMs = performance.now();
    let written = 0;
    const client = async () => {
      for (; performance.now() - beganMs < forMs; written += 1) await write(placedOrder());
    };
    await Promise.all(Array.from({ length: clients }, client));
    process.send({ written, tookMs: performance.now() - beganMs });
  } catch (failure) {
    process.send({ failed: String(failure) });
  }
});
// Whoever started it is done with it, or gone.
process.once('disconnect', () => process.exit());
process.send({ ready: {} });
