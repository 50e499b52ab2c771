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
import type { CatalogConfig } from '../catalog.config.ts';
import { eur } from '../catalog.fixture.ts';
import { NOTHING, type ProductState } from '../domain/product-state.ts';
import { after, at, deltaOf, history, play, REGIONS, teaWith } from '../domain/products.fixture.ts';
import { CatalogStore } from '../persistence/catalog-store.ts';
import { Database } from '../persistence/database.ts';
import { ProductReplicatedConsumer } from './product-replicated.consumer.ts';

const SKUS = ['TEA-1', 'TEA-2', 'TEA-3'];
/** The region that hears. No history is of it: it only hears. */
const HERE = 'eu-north';

let applier: ApplierInTest;
beforeAll(async () => {
  const appDir = path.join(import.meta.dirname, '../..');
  const tested = { name: 'catalog', appDir, region: HERE, postgresUrl: inject('postgresUrl') };
  applier = await startApplier<CatalogConfig>(tested, ({ config, events, turns }) => {
    const database = new Database(config);
    return { database, consumer: new ProductReplicatedConsumer(events, new CatalogStore(database, config), turns) };
  });
});
afterAll(() => applier?.stop());
const empty = () => applier.pool.query('TRUNCATE products, inbox, inbox_watermark, conflicts, outbox');
beforeEach(empty);

async function held() {
  const columns = 'sku, state, hlc, known, tags, available, deps';
  const { rows: products } = await applier.pool.query(`SELECT ${columns} FROM products ORDER BY sku`);
  const { rows: inbox } = await applier.pool.query('SELECT source, sequence FROM inbox ORDER BY source, sequence');
  const { rows: conflicts } = await applier.pool.query(
    'SELECT id, aggregate_id, field, rule, lost, won, status FROM conflicts ORDER BY id',
  );
  return { products, inbox, conflicts };
}

/** Each delta under a number of its region and transaction. */
const recordOf = (sku: string, delta: ProductState, i: number) => {
  const origin = REGIONS[i % REGIONS.length] as string;
  const numbers = { sequence: i + 1, transaction: String(100 + i), atMs: i + 1 };
  return heardRecord({ topic: 'products.v1', origin, key: sku, value: { sku, ...delta }, ...numbers });
};
const renamed = (name: string, wallMs: number) =>
  recordOf('TEA-1', deltaOf(teaWith({}), { type: 'ChangeProduct', name }, at(wallMs, 'us-east')), wallMs);

/** Names and tags that regions set without hearing of each other, and whatever else they do; some of it is told twice. */
const names = fc.array(fc.tuple(fc.constantFrom(...SKUS), fc.constantFrom(...REGIONS)), {
  minLength: 5,
  maxLength: 20,
});
const told = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom(...SKUS), history), { minLength: 1, maxLength: 4 }),
    names,
    fc.array(fc.nat(100)),
    fc.integer({ min: 1, max: 9 }),
  )
  .map(([histories, named, repeated, stride]) => {
    const deltas = [
      ...histories.flatMap(([sku, steps]) => play(steps).deltas.map((delta) => [sku, delta] as const)),
      ...named.map(([sku, region], i) => {
        const command = { type: 'ChangeProduct' as const, name: `Tea ${i}` };
        return [sku, deltaOf(teaWith({}), command, at(50 + i, region))] as const;
      }),
      ...named.map(([sku, region], i) => {
        const without = after(teaWith({}), { type: 'ChangeProduct', tags: [] }, at(2, region));
        const [state, tags] = i % 2 === 0 ? [teaWith({}), []] : [without, ['hot']];
        return [sku, deltaOf(state, { type: 'ChangeProduct', tags }, at(50 + i, region))] as const;
      }),
    ];
    const mixed = deltas.map((_, i) => deltas[(i * stride) % deltas.length] as (typeof deltas)[number]);
    const records = mixed.map(([sku, delta], i) => recordOf(sku, delta, i));
    return [...records, ...repeated.flatMap((i) => records[i] ?? [])];
  });

describe('products that are told of together', () => {
  it('become the same rows, ledger and inbox as one after the other', async () => {
    const conflicts = { 'last-writer-wins': 0, 'add-wins': 0, 'multi-value': 0 };
    const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(told, sizes, async (records, runs) => {
        await empty();
        expect(await handleAlone(applier, records)).toEqual([]);
        const alone = await held();
        const lagsAlone = applier.lags();
        await empty();
        expect(await handleInRuns(applier, records, runs)).toEqual([]);
        expect(await held()).toEqual(alone);
        expect(applier.lags() - lagsAlone).toBe(new Set(records.map((r) => `${r.topic}/${r.offset}`)).size);
        for (const { rule } of alone.conflicts) conflicts[rule as keyof typeof conflicts] += 1;
      }),
      { numRuns: 30 },
    );
    expect(conflicts['last-writer-wins']).toBeGreaterThan(20);
    expect(conflicts['add-wins']).toBeGreaterThan(20);
  });

  it('lose one that cannot be read, and no other', async () => {
    const names = Array.from({ length: 50 }, (_, i) => renamed(`Tea ${i}`, 10 + i));
    const poison = { ...(names[20] as (typeof names)[0]), value: Buffer.from('{"sku":"TEA-1"}') };
    const records = names.with(20, poison);
    expect(await handleInRuns(applier, records, [50])).toEqual([poison]);
    const { products, inbox } = await held();
    expect(inbox).toHaveLength(49);
    expect(products).toMatchObject([{ state: { fields: { name: { value: 'Tea 49' } } } }]);
  });

  it('leave nothing behind when the transaction breaks off, and are applied once when they come again', async () => {
    const price = deltaOf(NOTHING, { type: 'CreateProduct', name: 'Tea', price: eur(450), tags: [], stock: {} }, at(5));
    const records = [recordOf('TEA-1', price, 0), renamed('Green tea', 20), renamed('White tea', 21)];
    await applier.pool.query(`
      CREATE FUNCTION break_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
      CREATE CONSTRAINT TRIGGER break_off AFTER INSERT ON inbox DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION break_off()`);
    try {
      await expect(handleInRuns(applier, records, [3])).rejects.toThrow();
      expect(await held()).toEqual({ products: [], inbox: [], conflicts: [] });
    } finally {
      await applier.pool.query('DROP FUNCTION break_off CASCADE');
    }
    const before = applier.lags();
    await handleInRuns(applier, records, [3]);
    await handleInRuns(applier, records, [2]);
    expect(applier.lags() - before).toBe(3);
    expect(await held()).toMatchObject({ products: [{ sku: 'TEA-1' }], inbox: [{}, {}, {}] });
  });

  it('wait for rows that another process writes, and neither overwrite what it joined nor begin again', async () => {
    const skus = Array.from({ length: 40 }, (_, i) => `KIT-${i}`);
    const state = (i: number) =>
      deltaOf(teaWith({}), { type: 'ChangeProduct', name: `Kit ${i}` }, at(100 + i, 'us-east'));
    const all = Array.from({ length: 400 }, (_, i) => recordOf(skus[(i * 7) % 40] as string, state(i), i));
    await handleAlone(applier, all.slice(0, 40));
    const other = { consumer: applier.another() };
    const [ours, theirs] = [all.slice(40, 220), all.slice(220)];
    await Promise.all([handleInRuns(applier, ours, [60]), handleInRuns(other, theirs.toReversed(), [60])]);
    const { products, inbox } = await held();
    expect(inbox).toHaveLength(400);
    const latest = new Map(all.map((_, i) => [skus[(i * 7) % 40], `Kit ${i}`]));
    expect(products.map(({ sku, state: { fields } }) => [sku, fields.name.value])).toEqual(
      skus.map((sku) => [sku, latest.get(sku)]).sort(),
    );
  });

  it('do not wait long together for a row that somebody holds: others would wait with it', async () => {
    await handleAlone(applier, [renamed('Tea', 10)]);
    const holder = await applier.pool.connect();
    try {
      await holder.query("BEGIN; SELECT 1 FROM products WHERE sku = 'TEA-1' FOR UPDATE");
      const records = [renamed('Green tea', 20), renamed('White tea', 21)];
      const inSpan = <T>(work: () => T) => work();
      const together = applier.consumer.handleTogether?.(records.map((record) => ({ record, inSpan })));
      await expect(together).rejects.toThrow('lock timeout');
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
  });
});
