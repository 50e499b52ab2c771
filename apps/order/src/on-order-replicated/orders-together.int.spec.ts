import path from 'node:path';
import {
  type ApplierInTest,
  handleAlone,
  handleInRuns,
  heardRecord,
  startApplier,
} from '@meridian/replication/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { OrderFacts } from '../domain/order.ts';
import { facts, regions } from '../domain/order-facts.fixture.ts';
import type { OrderConfig } from '../order.config.ts';
import { Database } from '../persistence/database.ts';
import { OrderStore } from '../persistence/order-store.ts';
import { OrderReplicatedConsumer } from './order-replicated.consumer.ts';

const IDS = ['00000000-0000-5000-8000-000000000001', '00000000-0000-5000-8000-000000000002'];
const CUSTOMER = '00000000-0000-4000-8000-000000000003';
/** One of the regions of the facts: what it placed and lost, it tells the others of. */
const HERE = 'eu-west';

let applier: ApplierInTest;
let refundsSaid = 0;
beforeAll(async () => {
  const appDir = path.join(import.meta.dirname, '../..');
  const tested = { name: 'order', appDir, region: HERE, postgresUrl: inject('postgresUrl') };
  applier = await startApplier<OrderConfig>(tested, ({ config, events, clock, turns }) => {
    const database = new Database(config);
    const store = new OrderStore(database, config);
    store.refunds.on('due', () => {
      refundsSaid += 1;
    });
    return { database, consumer: new OrderReplicatedConsumer(events, store, clock, turns) };
  });
});
afterAll(() => applier?.stop());
const empty = () => applier.pool.query('TRUNCATE orders, inbox, inbox_watermark, conflicts, outbox');
beforeEach(empty);

/** Readings and transactions of this region itself differ, and nothing else: it goes on. */
const OWN_TRANSACTION = /"eu-west":"\d+"/g;
const OWN_READING = /"\d{15}-[0-9a-f]{4}-eu-west"/g;

async function held() {
  const read = async (from: string) => (await applier.pool.query(`SELECT ${from}`)).rows;
  const all = {
    orders: await read('id, state, hlc, status, refund_due, deps FROM orders ORDER BY id'),
    inbox: await read('source, sequence FROM inbox ORDER BY source, sequence'),
    conflicts: await read('aggregate_id, field, rule, lost, won, status FROM conflicts ORDER BY id'),
    told: await read('topic, key, type, hlc, deps, value, written_for FROM outbox ORDER BY id'),
  };
  const isOwn = (reading: string) => reading > '"000001';
  const text = JSON.stringify(all).replace(OWN_READING, (reading) => (isOwn(reading) ? '"own"' : reading));
  return JSON.parse(text.replace(OWN_TRANSACTION, '"eu-west":"own"'));
}

/** As the contract wants it, which the domain's facts at random are not. */
const readable = (told: OrderFacts): OrderFacts =>
  told.placed ? { ...told, placed: { ...told.placed, customerId: CUSTOMER } } : told;

const told = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom(...IDS), facts), { minLength: 1, maxLength: 30 }),
    fc.array(fc.nat(40), { maxLength: 20 }),
  )
  .map(([all, repeated]) => {
    const records = all.map(([id, told], i) => {
      const origin = regions[i % regions.length] as string;
      const numbers = { sequence: i + 1, transaction: String(100 + i), atMs: i + 1 };
      return heardRecord({ topic: 'orders.v1', origin, key: id, value: { id, facts: readable(told) }, ...numbers });
    });
    return [...records, ...repeated.flatMap((i) => records[i] ?? [])];
  });

describe('orders that are told of together', () => {
  it('become the same rows, ledger, inbox and events of this region as one after the other', async () => {
    let [conflicts, toldOn] = [0, 0];
    const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(told, sizes, async (records, runs) => {
        await empty();
        const refused = await handleAlone(applier, records);
        const alone = await held();
        const saidAlone = refundsSaid > 0;
        refundsSaid = 0;
        await empty();
        expect(await handleInRuns(applier, records, runs)).toEqual(refused);
        expect(await held()).toEqual(alone);
        // One that is given back by the end of a run is never due to who takes the run as a whole.
        const isDue = alone.orders.some(({ refund_due }: { refund_due: boolean }) => refund_due);
        expect(isDue ? refundsSaid > 0 : refundsSaid === 0 || saidAlone).toBe(true);
        refundsSaid = 0;
        conflicts += alone.conflicts.length;
        toldOn += alone.told.length;
      }),
      { numRuns: 60 },
    );
    expect(conflicts).toBeGreaterThan(20);
    expect(toldOn).toBeGreaterThan(5);
  });
});
