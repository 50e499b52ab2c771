import { Epochs } from '@meridian/fencing';
import { firstRoutingTable, type Mode, type RegionState, type RoutingTable } from '@meridian/regions';
import type { RegionInTest, RegionsInTest } from '@meridian/replication/testing';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createProduct, eventuallyProduct, reserve, startCatalogs } from './catalog.fixture.ts';

/** I8: nothing happens in the name of an epoch that is over, and what is owed happens all the same. */
let catalogs: RegionsInTest;
let usEast: RegionInTest;
let euWest: RegionInTest;
let names: string[];
beforeAll(async () => {
  catalogs = await startCatalogs(inject('postgresUrl'), inject('kafkaBrokers'));
  [usEast, euWest] = catalogs.regions as [RegionInTest, RegionInTest];
  names = catalogs.regions.map(({ region }) => region);
});
afterAll(() => catalogs.stop());

/** Every test decides anew: epochs only grow. */
let epoch = 0;
function next({
  state = 'active',
  mode = { kind: 'active-active' },
}: {
  state?: RegionState;
  mode?: Mode;
} = {}): RoutingTable {
  epoch += 1;
  const table = firstRoutingTable(names);
  const regions = { ...table.regions, [euWest.region]: { state, weight: 1, sinceEpoch: epoch } };
  return { ...table, epoch, mode, regions, reason: 'a test' };
}
const tell = (region: RegionInTest, table: RoutingTable, lease: object = {}) =>
  region.call('PUT', '/epoch', { table, ...lease });
async function tellAll(table: RoutingTable): Promise<void> {
  const answers = await Promise.all(catalogs.regions.map((region) => tell(region, table)));
  expect(answers.map(({ status, body }) => [status, body.epoch])).toEqual(names.map(() => [200, table.epoch]));
}
const sent = (number: number) => ({ 'x-meridian-epoch': String(number) });
const view = (region: RegionInTest, sku: string, headers = {}) =>
  region.call('POST', `/products/${sku}/views`, { views: 1 }, headers);
const problem = (name: string) => `urn:meridian:problem:${name}`;

let sku: string;
beforeEach(async () => {
  await tellAll(next());
  sku = await createProduct(usEast, 0, { stock: Object.fromEntries(names.map((region) => [region, 5])) });
  await eventuallyProduct(euWest, sku, ({ status }) => expect(status).toBe(200));
});

describe('a request', () => {
  it('to write is refused in a region that takes no writes, and is told why and who does', async () => {
    await tellAll(next({ state: 'evacuated' }));
    const refused = await view(euWest, sku);
    expect([refused.status, refused.body.type]).toEqual([503, problem('region-not-writable')]);
    expect(refused.headers).toMatchObject({ 'retry-after': '1', 'x-meridian-epoch': String(epoch) });
    for (const said of [euWest.region, 'evacuated', 'active-active', usEast.region])
      expect(refused.body.detail).toContain(said);
    expect((await euWest.call('GET', `/products/${sku}`)).body.type).toBe(problem('region-not-serving'));
    expect((await euWest.call('GET', '/digest')).status).toBe(200);
    expect((await view(usEast, sku)).status).toBe(200);
  });

  it('to write under an epoch that is over is refused with the one that is known, and a read is answered', async () => {
    const refused = await view(euWest, sku, sent(epoch - 1));
    expect([refused.status, refused.body.type]).toEqual([409, problem('stale-epoch')]);
    expect(refused.headers['x-meridian-epoch']).toBe(String(epoch));
    expect((await euWest.call('GET', `/products/${sku}`, undefined, sent(epoch - 1))).status).toBe(200);
  });

  it('under a newer epoch than is known here waits for the word of control', async () => {
    const table = next();
    const waiting = view(euWest, sku, sent(table.epoch));
    await tell(euWest, table);
    expect((await waiting).status).toBe(200);
    const never = await view(euWest, sku, sent(epoch + 10));
    expect([never.status, never.body.type]).toEqual([503, problem('region-not-serving')]);
    expect(never.headers['x-meridian-epoch']).toBe(String(epoch));
  });

  it('to write at a primary whose lease is over is refused', async () => {
    const table = next({ mode: { kind: 'active-passive', primary: euWest.region } });
    await tell(euWest, table, { leaseMs: 60_000, sentAtMs: Date.now() });
    expect((await view(euWest, sku)).status).toBe(200);
    const newer = { ...table, epoch: ++epoch };
    await tell(euWest, newer, { leaseMs: 3_000, sentAtMs: Date.now() - 3_001 });
    const refused = await view(euWest, sku);
    expect([refused.status, refused.body.type]).toEqual([503, problem('region-not-writable')]);
    expect((await euWest.call('GET', '/epoch')).body).toMatchObject({ takesWrites: false, state: 'active' });
  });
});

describe('control', () => {
  it('cannot tell an older epoch, nor another table of one that is known, nor a lease that does not say since when', async () => {
    const table = next();
    await tell(euWest, table);
    for (const other of [
      { ...table, epoch: table.epoch - 1 },
      { ...table, reason: 'another decision' },
    ]) {
      const refused = await tell(euWest, other);
      expect([refused.status, refused.body.type]).toEqual([409, problem('stale-epoch')]);
      expect(refused.headers['x-meridian-epoch']).toBe(String(table.epoch));
    }
    const lease = await tell(euWest, next(), { leaseMs: 3_000 });
    expect([lease.status, lease.body.errors[0].pointer]).toEqual([400, '/sentAtMs']);
  });
});

describe('a write that was let in and then stopped before its commit', () => {
  /** Holds the row, so that the service's statement waits inside its transaction. */
  async function stopped(write: () => ReturnType<RegionInTest['call']>, meanwhile: () => Promise<void>) {
    const holder = await euWest.database.pool.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('SELECT FROM products WHERE sku = $1 FOR UPDATE', [sku]);
      const answer = write();
      const waits = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      const isWaiting = async () => expect((await euWest.database.pool.query(waits)).rowCount).toBe(1);
      await eventually(isWaiting, { withinMs: 5_000 });
      await meanwhile();
      await holder.query('ROLLBACK');
      return await answer;
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
  }
  const stands = async () => {
    const { rows } = await euWest.database.pool.query(
      `SELECT state, version, (SELECT count(*)::int FROM reservations WHERE sku = $1) AS reserved FROM products WHERE sku = $1`,
      [sku],
    );
    const outbox = (await euWest.call('GET', '/outbox')).body;
    return { ...rows[0], told: outbox.pending + outbox.publishedSequence };
  };

  it('while the region was taken out does nothing, and says so', async () => {
    const before = await stands();
    const answer = await stopped(
      () => view(euWest, sku),
      async () => expect((await tell(euWest, next({ state: 'failed' }))).status).toBe(200),
    );
    expect([answer.status, answer.body.type]).toEqual([503, problem('region-not-writable')]);
    expect(answer.headers['x-meridian-epoch']).toBe(String(epoch));
    expect(await stands()).toEqual(before);
  });

  it('while its lease ran out does nothing, and says so', async () => {
    const before = await stands();
    const table = next({ mode: { kind: 'active-passive', primary: euWest.region } });
    await tell(euWest, table, { leaseMs: 1_000, sentAtMs: Date.now() });
    const over = euWest.get(Epochs).known.leaseUntilMs ?? 0;
    const answer = await stopped(
      () => reserve(euWest, [[sku, 1]]),
      () => eventually(() => expect(Date.now()).toBeGreaterThan(over), { withinMs: 5_000 }),
    );
    expect([answer.status, answer.body.type]).toEqual([503, problem('region-not-writable')]);
    expect(answer.body.detail).toContain('lease');
    expect(await stands()).toEqual(before);
  });
});

describe('in a region that takes no writes of clients', () => {
  it('what other regions write is joined', async () => {
    await tellAll(next({ mode: { kind: 'active-passive', primary: usEast.region } }));
    await tell(
      usEast,
      { ...next({ mode: { kind: 'active-passive', primary: usEast.region } }) },
      { leaseMs: 30_000, sentAtMs: Date.now() },
    );
    expect((await view(usEast, sku)).status).toBe(200);
    await eventuallyProduct(euWest, sku, ({ body }) => expect(body.views).toBe(1));
  });

  it('its units are handed over to one that sells; one that was taken out without its consent gives nothing', async () => {
    await tellAll(next({ state: 'evacuated' }));
    // More than the two other regions hold together.
    expect((await reserve(usEast, [[sku, 13]])).status).toBe(200);
    await tellAll(next({ state: 'failed' }));
    const asked = { to: usEast.region, units: 1, spare: 0 };
    const refused = await euWest.call('POST', `/stock/${sku}/transfers`, asked);
    expect([refused.status, refused.body.type]).toEqual([503, problem('region-not-serving')]);
  });

  it('nothing is given to a region that acts on an epoch that is over', async () => {
    const asked = { to: usEast.region, units: 1, spare: 0 };
    const refused = await euWest.call('POST', `/stock/${sku}/transfers`, asked, sent(epoch - 1));
    expect([refused.status, refused.body.type]).toEqual([409, problem('stale-epoch')]);
    expect((await euWest.call('GET', `/products/${sku}`)).body.available).toBe(5);
  });
});

describe('`strong`', () => {
  const strong = { 'x-meridian-consistency': 'strong' };
  it('is answered after an evacuation by a region that decides now, whatever the home was', async () => {
    const skus = await Promise.all(Array.from({ length: 12 }, () => createProduct(usEast, 1)));
    for (const one of skus)
      await eventuallyProduct(catalogs.regions[2] as RegionInTest, one, ({ status }) => expect(status).toBe(200));
    const servedBy = async () => {
      const answers = await Promise.all(skus.map((one) => usEast.call('GET', `/products/${one}`, undefined, strong)));
      expect(answers.map(({ status }) => status)).toEqual(skus.map(() => 200));
      return answers.map(({ headers }) => headers['x-meridian-region']);
    };
    const before = await servedBy();
    expect(new Set(before)).toContain(euWest.region);
    await tellAll(next({ state: 'evacuated' }));
    const after = await servedBy();
    expect(after).not.toContain(euWest.region);
    // Only those move that must.
    expect(after.filter((_, i) => before[i] !== euWest.region)).toEqual(before.filter((one) => one !== euWest.region));
  });
});
