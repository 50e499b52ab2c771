import { randomUUID } from 'node:crypto';
import { Epochs } from '@meridian/fencing';
import type { RegionState } from '@meridian/regions';
import type { RegionInTest, RegionsInTest } from '@meridian/replication/testing';
import { eventually, seededRandom } from '@meridian/testing';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { createProduct, eventuallyProduct, type Line, reserve, startCatalogs } from './catalog.fixture.ts';
import { OtherCatalogs } from './escrow/other-catalogs.ts';
import { WaitingOrders } from './escrow/waiting-orders.ts';
import { ReclaimRights } from './reclaim-rights/reclaim-rights.ts';
import { TransferRights } from './transfer-rights/transfer-rights.ts';

let catalogs: RegionsInTest;
let usEast: RegionInTest;
let euWest: RegionInTest;
let apSoutheast: RegionInTest;
beforeAll(async () => {
  catalogs = await startCatalogs(inject('postgresUrl'), inject('kafkaBrokers'));
  [usEast, euWest, apSoutheast] = catalogs.regions as [RegionInTest, RegionInTest, RegionInTest];
});
afterAll(() => catalogs.stop());
afterEach(async () => {
  healAll();
  catalogs.copyEvents();
  const isAnyAway = () =>
    catalogs.regions.some((region) => {
      const others = region.get(OtherCatalogs);
      return others.regions.some((other) => others.isAway(other));
    });
  await eventually(() => expect(isAnyAway()).toBe(false), { withinMs: 10_000 });
});

const times = <T>(n: number, make: (i: number) => T) => Array.from({ length: n }, (_, i) => make(i));
const pairs = () =>
  catalogs.regions.flatMap(({ region: from }) =>
    catalogs.regions.filter(({ region }) => region !== from).map(({ region: to }) => catalogs.link(from, to)),
  );
const cutAll = () => {
  for (const link of pairs()) link.cut();
};
const healAll = () => {
  for (const link of pairs()) link.heal();
};

/** A product that is known in all regions, with these units in the order of the regions. */
async function productWith(units: readonly [number, number, number]): Promise<string> {
  const stock = Object.fromEntries(catalogs.regions.map(({ region }, i) => [region, units[i]]));
  const sku = await createProduct(usEast, 0, { stock });
  await everywhere(sku);
  return sku;
}
const everywhere = (sku: string) =>
  Promise.all(
    catalogs.regions.map((region) => eventuallyProduct(region, sku, ({ status }) => expect(status).toBe(200))),
  );
const stockIn = async (region: RegionInTest, sku: string) => (await region.call('GET', `/products/${sku}/stock`)).body;
const rightsHere = async (region: RegionInTest, sku: string): Promise<number> =>
  (await region.call('GET', `/products/${sku}`)).body.available;
const allRights = (sku: string) => Promise.all(catalogs.regions.map((region) => rightsHere(region, sku)));
/** Units of all reservations that stand, in all regions; asked one by one, as many ask at the same time. */
async function sold(sku: string): Promise<number> {
  let units = 0;
  for (const { database } of catalogs.regions) {
    const { rows } = await database.pool.query(
      'SELECT coalesce(sum(quantity), 0)::int AS units FROM reservations WHERE sku = $1 AND released_at IS NULL',
      [sku],
    );
    units += rows[0].units;
  }
  return units;
}
const converged = () =>
  eventually(
    async () => {
      const digests = await Promise.all(catalogs.regions.map((region) => region.call('GET', '/digest')));
      expect(new Set(digests.map(({ body }) => body.digest)).size).toBe(1);
    },
    { withinMs: 20_000 },
  );

describe('an order that this region holds enough for', () => {
  it('is reserved without a call to another region', async () => {
    const sku = await productWith([0, 5, 0]);
    cutAll();
    const startedMs = performance.now();
    const { status, body } = await reserve(euWest, [[sku, 5]]);
    expect([status, body.reservedIn]).toEqual([200, euWest.region]);
    expect(performance.now() - startedMs).toBeLessThan(800);
  });
});

describe('an order that this region is short for', () => {
  it('gets rights from the region that has most, and is reserved here', async () => {
    const sku = await productWith([3, 2, 10]);
    const { status, body } = await reserve(euWest, [[sku, 6]]);
    expect([status, body.reservedIn]).toEqual([200, euWest.region]);
    await converged();
    const { byRegion, accounts, total } = await stockIn(usEast, sku);
    expect(total).toBe(9);
    expect(byRegion[usEast.region]).toBe(3);
    expect(accounts[euWest.region]).toMatchObject({ spent: 6, rights: byRegion[euWest.region] });
    expect(accounts[apSoutheast.region].handedOver).toBe(accounts[euWest.region].received);
  });

  it('gets them from several regions when one has not enough', async () => {
    const sku = await productWith([3, 1, 2]);
    expect((await reserve(euWest, [[sku, 6]])).status).toBe(200);
    expect(await allRights(sku)).toEqual([0, 0, 0]);
  });

  it('in several lines gets them for all of them, or takes nothing', async () => {
    const [cup, pot] = [await productWith([4, 0, 0]), await productWith([0, 0, 4])];
    const lines: Line[] = [
      [cup, 4],
      [pot, 4],
    ];
    expect((await reserve(euWest, lines)).status).toBe(200);
    expect((await reserve(euWest, lines)).status).toBe(409);
    expect([await sold(cup), await sold(pot)]).toEqual([4, 4]);
  });

  it('is refused when all regions together have too few, and told who holds what', async () => {
    const sku = await productWith([2, 1, 0]);
    const { status, body } = await reserve(euWest, [[sku, 4]]);
    expect([status, body.type]).toEqual([409, 'urn:meridian:problem:insufficient-stock']);
    expect(body.errors).toMatchObject([{ pointer: '/lines/0' }]);
    expect(body.errors[0].detail).toContain(`4 of ${sku} are asked for`);
    expect((await allRights(sku)).reduce((a, b) => a + b)).toBe(3);
  });

  it('shares one transfer with the others that wait for the same product', async () => {
    const sku = await productWith([100, 0, 0]);
    const transfers = vi.spyOn(usEast.get(TransferRights), 'give');
    const answers = await Promise.all(times(40, () => reserve(euWest, [[sku, 1]])));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(40);
    expect(transfers.mock.calls.length).toBeLessThanOrEqual(3);
    transfers.mockRestore();
  });

  it('does not wait for a region that waits for this one', async () => {
    const [cup, pot] = [await productWith([1, 8, 0]), await productWith([8, 1, 0])];
    const startedMs = performance.now();
    const answers = await Promise.all(
      times(12, (i) => (i % 2 ? reserve(usEast, [[cup, 1]]) : reserve(euWest, [[pot, 1]]))),
    );
    expect(answers.map(({ status }) => status)).toEqual(times(12, () => 200));
    expect(performance.now() - startedMs).toBeLessThan(2_400);
  });
});

describe('a region that is cut off', () => {
  it('I3: sells what it holds and not one more, and after the first order refuses at once, saying why', async () => {
    const sku = await productWith([50, 3, 50]);
    cutAll();
    catalogs.holdEvents();
    const answers = await Promise.all(times(10, () => reserve(euWest, [[sku, 1]])));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    const startedMs = performance.now();
    const refused = await reserve(euWest, [[sku, 1]]);
    expect(performance.now() - startedMs).toBeLessThan(300);
    expect(refused.body.errors[0].detail).toContain(`${usEast.region} holds 50 and cannot be reached`);
    healAll();
    await eventually(async () => expect((await reserve(euWest, [[sku, 1]])).status).toBe(200), { withinMs: 10_000 });
    expect(await sold(sku)).toBeLessThanOrEqual(103);
  });

  it('gets rights as soon as it is heard of again, by the event, when the answer to its request was lost', async () => {
    const sku = await productWith([5, 0, 0]);
    const asked = usEast.call('POST', `/stock/${sku}/transfers`, { to: euWest.region, units: 2, spare: 0 });
    expect((await asked).body.units).toBe(2);
    await eventually(async () => expect(await rightsHere(euWest, sku)).toBe(2), { withinMs: 10_000 });
  });
});

describe('rights that will soon be needed', () => {
  it('are got before an order has to wait for them', async () => {
    const sku = await productWith([500, 20, 0]);
    await Promise.all(times(16, () => reserve(euWest, [[sku, 1]])));
    await eventually(
      async () => expect((await stockIn(euWest, sku)).accounts[euWest.region].received).toBeGreaterThan(0),
      {
        withinMs: 5_000,
      },
    );
    cutAll();
    expect((await reserve(euWest, [[sku, 8]])).status).toBe(200);
  });

  it('are not taken from a region that needs them itself', async () => {
    const sku = await productWith([20, 20, 0]);
    await Promise.all(times(30, (i) => reserve(i % 2 ? euWest : usEast, [[sku, 1]])));
    await converged();
    const { accounts } = await stockIn(usEast, sku);
    expect(Math.min(accounts[usEast.region].received, accounts[euWest.region].received)).toBe(0);
  });
});

describe('an order that another region serves', () => {
  it('is reserved there, says so, and asked for again is the same reservation', async () => {
    const [sku, elsewhere, orderId] = [await productWith([3, 0, 2]), await productWith([0, 0, 1]), randomUUID()];
    for (const { region } of [usEast, euWest]) catalogs.link(region, apSoutheast.region).cut();
    // eu-west finds out that ap-southeast is away; us-east does not know it yet, and waits for it with an order.
    expect((await reserve(euWest, [[elsewhere, 1]])).status).toBe(409);
    const waiting = reserve(usEast, [[sku, 5]]);
    await eventually(() => expect(usEast.get(WaitingOrders).of(sku).units).toBe(5), { withinMs: 500 });
    // What us-east keeps for that order it does not hand over.
    const first = await reserve(euWest, [[sku, 2]], orderId);
    expect([first.status, first.body.reservedIn]).toEqual([200, usEast.region]);
    expect((await waiting).status).toBe(409);
    const again = await reserve(euWest, [[sku, 2]], orderId);
    expect(again.body).toEqual(first.body);
    expect(await sold(sku)).toBe(2);
  });

  it('whose answer was lost is asked for there again and nowhere else', async () => {
    const [sku, orderId] = [await productWith([5, 0, 5]), randomUUID()];
    await euWest.database.pool.query('INSERT INTO forwarded_reservations (order_id, region) VALUES ($1, $2)', [
      orderId,
      usEast.region,
    ]);
    catalogs.link(euWest.region, usEast.region).cut();
    const unknown = await reserve(euWest, [[sku, 2]], orderId);
    expect([unknown.status, unknown.body.type]).toEqual([504, 'urn:meridian:problem:upstream-timeout']);
    // From then on it is told so at once.
    const startedMs = performance.now();
    expect((await reserve(euWest, [[sku, 2]], orderId)).status).toBe(504);
    expect(performance.now() - startedMs).toBeLessThan(300);
    expect(await sold(sku)).toBe(0);
    healAll();
    await eventually(
      async () => {
        const { status, body } = await reserve(euWest, [[sku, 2]], orderId);
        expect([status, body.reservedIn]).toEqual([200, usEast.region]);
      },
      { withinMs: 10_000 },
    );
    expect(await sold(sku)).toBe(2);
  });

  it('and that turns out to hold nothing for it, is reserved anew', async () => {
    const [sku, orderId] = [await productWith([0, 5, 0]), randomUUID()];
    await euWest.database.pool.query('INSERT INTO forwarded_reservations (order_id, region) VALUES ($1, $2)', [
      orderId,
      usEast.region,
    ]);
    const { status, body } = await reserve(euWest, [[sku, 2]], orderId);
    expect([status, body.reservedIn]).toEqual([200, euWest.region]);
  });
});

describe('a rush of orders in all regions at once', () => {
  it('I3: sells the stock to the last unit and not one more, while rights go to and fro', async () => {
    const sku = await productWith([80, 15, 5]);
    const answers = await Promise.all(times(180, (i) => reserve(catalogs.regions[i % 3] as RegionInTest, [[sku, 1]])));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(100);
    expect(await sold(sku)).toBe(100);
    await converged();
    expect(await allRights(sku)).toEqual([0, 0, 0]);
    expect((await stockIn(euWest, sku)).total).toBe(0);
  });

  it('I3: of several units each, with links that fail and heal, never sells more than there is, and in the end all', async () => {
    const random = seededRandom(7);
    const sku = await productWith([70, 20, 10]);
    const one = async (i: number) => {
      if (i % 40 === 20) cutAll();
      if (i % 40 === 39) healAll();
      const region = catalogs.regions[Math.floor(random() * 3)] as RegionInTest;
      const answer = await reserve(region, [[sku, 1 + Math.floor(random() * 4)]]);
      expect(await sold(sku)).toBeLessThanOrEqual(100);
      return answer;
    };
    for (let batch = 0; batch < 10; batch += 1) await Promise.all(times(12, (i) => one(batch * 12 + i)));
    healAll();
    await eventually(
      async () => {
        await reserve(euWest, [[sku, 1]]);
        expect(await sold(sku)).toBe(100);
      },
      { withinMs: 30_000 },
    );
    await converged();
    expect(await allRights(sku)).toEqual([0, 0, 0]);
  });
});

describe('the rights of a region that is gone for good', () => {
  it('are taken over by the heir that the decision names, once, and by nobody else', async () => {
    const sku = await productWith([7, 1, 2]);
    const fencing = { epoch: 4, fenced: usEast.region, heir: euWest.region };
    const reclaim = (region: RegionInTest, over = {}) =>
      region.get(ReclaimRights).reclaim(sku, { ...fencing, ...over });
    expect(await reclaim(apSoutheast)).toEqual({ ok: false, reason: 'NotTheHeir' });
    expect(await reclaim(euWest)).toEqual({ ok: true, units: 7 });
    expect(await reclaim(euWest)).toEqual({ ok: false, reason: 'NothingLeft' });
    expect(await reclaim(euWest, { epoch: 3 })).toEqual({ ok: false, reason: 'StaleEpoch' });
    expect(await rightsHere(euWest, sku)).toBe(8);
  });

  it('I8: are not taken over by a decision older than the epoch that the heir was told, also after it was restarted', async () => {
    const sku = await productWith([7, 1, 2]);
    const reclaim = (epoch: number) =>
      euWest.get(ReclaimRights).reclaim(sku, { epoch, fenced: usEast.region, heir: euWest.region });
    const epochs = euWest.get(Epochs);
    expect(await epochs.tell({ table: { ...epochs.table, epoch: 6 } })).toMatchObject({ ok: true });
    expect(await reclaim(5)).toEqual({ ok: false, reason: 'StaleEpoch' });
    await catalogs.restart(euWest.region);
    expect(await reclaim(5)).toEqual({ ok: false, reason: 'StaleEpoch' });
    expect(await reclaim(6)).toEqual({ ok: true, units: 7 });
  });
});

describe('an order that was forwarded to a region which may not serve any more', () => {
  /** All of them are told the next epoch, in which `us-east` is in this state. */
  const tell = async (epoch: number, state: RegionState) => {
    for (const region of catalogs.regions) {
      const epochs = region.get(Epochs);
      const entry = { state, weight: 1, sinceEpoch: epoch };
      const regions = { ...epochs.table.regions, [usEast.region]: entry };
      expect(await epochs.tell({ table: { ...epochs.table, epoch, regions } })).toMatchObject({ ok: true });
    }
  };

  it('is not taken for one that holds nothing there: the fence refuses before it looks', async () => {
    const [sku, orderId] = [await productWith([5, 5, 5]), randomUUID()];
    // Its answer was lost.
    const lines = [{ sku, quantity: 2 }];
    const there = await usEast.call('POST', '/reservations', { orderId, lines, forwardedFrom: euWest.region });
    expect(there.status).toBe(200);
    await euWest.database.pool.query('INSERT INTO forwarded_reservations (order_id, region) VALUES ($1, $2)', [
      orderId,
      usEast.region,
    ]);
    await tell(10, 'failed');
    const unknown = await reserve(euWest, [[sku, 2]], orderId);
    expect([unknown.status, unknown.body.type]).toEqual([504, 'urn:meridian:problem:upstream-timeout']);
    await tell(11, 'active');
    const found = await reserve(euWest, [[sku, 2]], orderId);
    expect([found.status, found.body.reservedIn]).toEqual([200, usEast.region]);
    expect(await sold(sku)).toBe(2);
  });
});
