import { randomUUID } from 'node:crypto';
import { EMPTY_TOKEN } from '@meridian/consistency';
import { firstRoutingTable, type RegionState, type RoutingTable } from '@meridian/regions';
import { inSession } from '@meridian/replication';
import type { Answer, RegionInTest, RegionsInTest } from '@meridian/replication/testing';
import { eventually } from '@meridian/testing';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { CarryOut } from '../carry-out.ts';
import { startUsers } from '../user.fixture.ts';

let users: RegionsInTest;
let us: RegionInTest;
let eu: RegionInTest;
let ap: RegionInTest;

beforeAll(async () => {
  users = await startUsers(inject('postgresUrl'), inject('kafkaBrokers'));
  [us, eu, ap] = users.regions as [RegionInTest, RegionInTest, RegionInTest];
});
afterEach(() => users.copyEvents());
afterAll(() => users.stop());

const strong = { 'x-meridian-consistency': 'strong' };
const problem = (name: string) => `urn:meridian:problem:${name}`;
const read = (at: RegionInTest, id: string) => at.call('GET', `/users/${id}`, undefined, strong);
const rename = (at: RegionInTest, id: string, name: string) => at.call('PATCH', `/users/${id}`, { name }, strong);
const rehome = (at: RegionInTest, id: string, to: RegionInTest) =>
  at.call('POST', `/users/${id}/rehome`, { to: to.region });
const homeIn = async (at: RegionInTest, id: string) => (await at.call('GET', `/users/${id}`)).body.homeRegion;
const isHomeEverywhere = (id: string, home: RegionInTest) =>
  eventually(
    async () => {
      for (const region of users.regions) expect(await homeIn(region, id)).toBe(home.region);
    },
    { withinMs: 15_000 },
  );

/** Somebody registered in a region, and known in the others. */
async function registeredIn(region: RegionInTest): Promise<string> {
  const { body } = await region.call('POST', '/users', {
    ...{ email: `${randomUUID()}@example.com`, name: 'Ada', country: 'GB' },
  });
  await isHomeEverywhere(body.id, region);
  return body.id;
}

describe('a move', () => {
  it('is decided by the present home, wherever it is asked for, and is known everywhere', async () => {
    const id = await registeredIn(eu);
    const moved = await rehome(ap, id, us);
    expect([moved.status, moved.headers['x-meridian-region']]).toEqual([200, eu.region]);
    expect(moved.body).toMatchObject({ id, name: 'Ada', registeredIn: eu.region, homeRegion: us.region });
    await isHomeEverywhere(id, us);
    for (const region of users.regions) expect((await read(region, id)).headers['x-meridian-region']).toBe(us.region);
    expect((await rename(eu, id, 'Bo')).headers['x-meridian-region']).toBe(us.region);
    expect((await rehome(us, id, eu)).headers['x-meridian-region']).toBe(us.region);
  });

  it('is told by the old home to a region that knows of no moves: what that one sends there, it sends on', async () => {
    const id = await registeredIn(eu);
    expect((await rehome(eu, id, us)).status).toBe(200);
    await isHomeEverywhere(id, us);
    const sentBy = { ...strong, 'x-meridian-forwarded-by': ap.region };
    const sentOn = await eu.call('GET', `/users/${id}`, undefined, sentBy);
    expect([sentOn.status, sentOn.headers['x-meridian-region']]).toEqual([200, us.region]);
    // Of two that know the same, or none, nobody sends on: who sent it was wrong.
    const known = { ...sentBy, 'x-meridian-home-moved': 'not a reading' };
    expect((await eu.call('GET', `/users/${id}`, undefined, known)).status).toBe(400);
    expect((await ap.call('GET', `/users/${await registeredIn(eu)}`, undefined, { ...sentBy })).status).toBe(503);
  });

  it('is refused for a region that there is not, to where they are, and of somebody who is not known', async () => {
    const id = await registeredIn(eu);
    const nowhere = await us.call('POST', `/users/${id}/rehome`, { to: 'mars' });
    expect([nowhere.status, nowhere.body.type]).toEqual([422, problem('unknown-region')]);
    const there = await rehome(us, id, eu);
    expect([there.status, there.body.type]).toEqual([409, problem('already-at-home')]);
    const nobody = await rehome(us, randomUUID(), eu);
    expect([nobody.status, nobody.body.type]).toEqual([503, problem('consistency-unavailable')]);
    expect((await us.call('POST', `/users/${id}/rehome`, {})).status).toBe(400);
    expect(await homeIn(eu, id)).toBe(eu.region);
  });

  it('of several at once to two regions has one outcome, the same in every region, and none is lost unseen', async () => {
    const id = await registeredIn(eu);
    const wanted = [us, ap, us, ap, us, ap];
    const answers = await Promise.all(wanted.map((to, i) => rehome(users.regions[i % 3] as RegionInTest, id, to)));
    const taken = answers.filter(({ status }) => status === 200);
    expect(taken.length).toBeGreaterThan(0);
    for (const { status } of answers) expect([200, 409, 503]).toContain(status);
    await eventually(
      async () => {
        const homes = await Promise.all(users.regions.map((region) => homeIn(region, id)));
        expect(new Set(homes).size).toBe(1);
        expect(taken.map(({ body }) => body.homeRegion)).toContain(homes[0]);
        const digests = await Promise.all(users.regions.map((region) => region.call('GET', '/digest')));
        expect(new Set(digests.map(({ body }) => body.digest)).size).toBe(1);
      },
      { withinMs: 15_000 },
    );
    for (const region of users.regions)
      expect((await region.call('GET', `/users/conflicts?aggregateId=${id}`)).body.items).toEqual([]);
  });
});

describe('between a move and its arrival', () => {
  it('nobody decides: what is strong is refused in every region, and what is not is served as before', async () => {
    const id = await registeredIn(eu);
    users.holdEvents();
    expect((await rename(us, id, 'Before')).headers['x-meridian-region']).toBe(eu.region);
    expect((await rehome(us, id, ap)).status).toBe(200);
    for (const region of users.regions) {
      const refused = [await read(region, id), await rename(region, id, 'Meanwhile'), await rehome(region, id, us)];
      for (const { status, headers, body } of refused)
        expect([status, body.type, headers['retry-after']]).toEqual([503, problem('consistency-unavailable'), '1']);
    }
    expect((await ap.call('GET', `/users/${id}`)).body.name).toBe('Ada');
    users.copyEvents();
    await eventually(async () => expect((await read(us, id)).status).toBe(200), { withinMs: 15_000 });
    for (const region of users.regions) {
      const { headers, body } = await read(region, id);
      expect([headers['x-meridian-region'], body.name]).toEqual([ap.region, 'Before']);
    }
  });

  it('a write that the old home had let in is not made there any more', async () => {
    const id = await registeredIn(eu);
    users.holdEvents();
    expect((await rehome(eu, id, ap)).status).toBe(200);
    const late = () => eu.get(CarryOut).command(id, { type: 'ChangeProfile', name: 'Late' });
    const letIn = { level: 'strong', given: EMPTY_TOKEN, seen: EMPTY_TOKEN } as const;
    await expect(inSession({ ...letIn }, late)).rejects.toMatchObject({ problem: 'consistency-unavailable' });
    expect((await eu.call('GET', `/users/${id}`)).body.name).toBe('Ada');
  });
});

it('no strong read is older than a write that was acknowledged before it, while the home moves round and round', async () => {
  const id = await registeredIn(eu);
  const end = performance.now() + 6_000;
  let [acknowledged, reads, moves, stale] = [0, 0, 0, ''];
  const someRegion = (n: number) => users.regions[n % 3] as RegionInTest;
  const writing = (async () => {
    for (let n = 1; performance.now() < end; n += 1)
      if ((await rename(someRegion(n), id, String(n))).status === 200) acknowledged = n;
  })();
  const reading = [0, 1, 2].map(async (first) => {
    for (let n = first; performance.now() < end; n += 1) {
      const before = acknowledged;
      const { status, body } = await read(someRegion(n), id);
      if (status !== 200) continue;
      reads += 1;
      if (Number(body.name) < before) stale ||= `${body.name} was read after ${before} was acknowledged`;
    }
  });
  const moving = (async () => {
    for (let n = 0; performance.now() < end; n += 1)
      if ((await rehome(someRegion(n + 1), id, someRegion(n))).status === 200) moves += 1;
  })();
  await Promise.all([writing, moving, ...reading]);
  console.log(`  ${moves} moves, ${acknowledged} the last write, ${reads} strong reads`);
  expect(stale).toBe('');
  expect([moves > 5, acknowledged > 10, reads > 20]).toEqual([true, true, true]);
});

describe('where the home is out by the routing table', () => {
  const epochs = { last: 0 };
  const tell = async (to: readonly RegionInTest[], states: Partial<Record<string, RegionState>>): Promise<void> => {
    epochs.last += 1;
    const first = firstRoutingTable(users.regions.map(({ region }) => region));
    const regions = Object.entries(first.regions).map(([region, entry]) => {
      return [region, { ...entry, state: states[region] ?? 'active', sinceEpoch: epochs.last }];
    });
    const table: RoutingTable = {
      ...first,
      epoch: epochs.last,
      regions: Object.fromEntries(regions),
      reason: 'a test',
    };
    for (const region of to) expect((await region.call('PUT', '/epoch', { table })).status).toBe(200);
  };
  const type = ({ status, body }: Answer) => [status, body.type];
  afterEach(() => tell(users.regions, {}));

  it('another region moves it, under that epoch, and the old home takes part in nothing', async () => {
    const id = await registeredIn(eu);
    await tell(users.regions, { [eu.region]: 'failed' });
    const [decider] = (await Promise.all([us, ap].map((region) => read(region, id)))).map(
      ({ headers }) => headers['x-meridian-region'],
    );
    const to = decider === us.region ? ap : us;
    expect(type(await rehome(us, id, eu))).toEqual([409, problem('home-out-of-service')]);
    const moved = await rehome(to, id, to);
    expect([moved.status, moved.headers['x-meridian-region']]).toEqual([200, decider]);
    expect(type(await rehome(eu, id, us))).toEqual([503, problem('region-not-writable')]);
    await eventually(async () => expect((await read(us, id)).headers['x-meridian-region']).toBe(to.region), {
      withinMs: 15_000,
    });

    await tell(users.regions, {});
    await isHomeEverywhere(id, to);
    expect((await read(eu, id)).headers['x-meridian-region']).toBe(to.region);
  });

  it('and has not heard of that, its own move and that of the others join to one, and the other is in the ledger', async () => {
    const id = await registeredIn(eu);
    users.holdEvents();
    await tell([us, ap], { [eu.region]: 'failed' });
    expect((await rehome(eu, id, us)).status).toBe(200);
    expect((await rehome(us, id, ap)).status).toBe(200);
    await tell(users.regions, {});
    users.copyEvents();
    await eventually(
      async () => {
        for (const region of users.regions) expect(await homeIn(region, id)).toBe(ap.region);
        const ledgers = await Promise.all(
          users.regions.map((region) => region.call('GET', `/users/conflicts?aggregateId=${id}`)),
        );
        const [entry] = ledgers.flatMap(({ body }) => body.items);
        expect(entry).toMatchObject({ field: 'home', lost: { value: us.region }, won: { value: ap.region } });
      },
      { withinMs: 15_000 },
    );
  });
});
