import { randomUUID } from 'node:crypto';
import { firstRoutingTable, type RegionState, type RoutingTable } from '@meridian/regions';
import type { RegionInTest, RegionsInTest } from '@meridian/replication/testing';
import { eventually } from '@meridian/testing';
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { startUsers } from '../user.fixture.ts';
import { ClaimRegions } from './claim-regions.ts';
import { SecureEmail } from './secure-email.ts';

/** What docs/explanation/unique-email.md says of claim regions and the routing table. */
let users: RegionsInTest;
let us: RegionInTest;
let eu: RegionInTest;
let ap: RegionInTest;
let epoch = 0;

beforeAll(async () => {
  users = await startUsers(inject('postgresUrl'), inject('kafkaBrokers'));
  [us, eu, ap] = users.regions as [RegionInTest, RegionInTest, RegionInTest];
});
afterEach(() => tell(users.regions, 'active'));
afterAll(() => users.stop());

/** The next epoch, in which `eu` is in this state. */
async function tell(to: readonly RegionInTest[], state: RegionState): Promise<void> {
  epoch += 1;
  const first = firstRoutingTable(users.regions.map(({ region }) => region));
  const entry = { state, weight: 1, sinceEpoch: epoch };
  const table: RoutingTable = { ...first, epoch, regions: { ...first.regions, [eu.region]: entry }, reason: 'a test' };
  for (const region of to) expect((await region.call('PUT', '/epoch', { table })).status).toBe(200);
}

/** A new address about which `eu` decides. */
function decidedInEu(): string {
  for (;;) {
    const email = `${randomUUID()}@example.com`;
    if (us.get(ClaimRegions).regionOf(us.get(SecureEmail).digestOf(email)) === eu.region) return email;
  }
}
const register = (region: RegionInTest, email: string, headers: Record<string, string> = {}) =>
  region.call('POST', '/users', { email, name: 'Ada', country: 'GB' }, headers);
const eventual = { 'x-meridian-consistency': 'eventual' };
const holderOf = async (email: string) => {
  const digest = us.get(SecureEmail).digestOf(email);
  const { rows } = await eu.database.pool.query('SELECT user_id FROM email_claims WHERE digest = $1', [digest]);
  return rows[0]?.user_id;
};
const dueIn = async ({ database }: RegionInTest, email: string) => {
  const digest = us.get(SecureEmail).digestOf(email);
  return (await database.pool.query('SELECT FROM email_claims_due WHERE digest = $1', [digest])).rowCount;
};

it.each(['draining', 'evacuated', 'standby'] as const)(
  'a region that leaves by a plan (%s) goes on deciding about its addresses',
  async (state) => {
    await tell(users.regions, state);
    const email = decidedInEu();
    const first = await register(us, email);
    expect([first.status, first.body.emailStatus]).toEqual([201, 'confirmed']);
    expect(await holderOf(email)).toBe(first.body.id);
    expect((await register(ap, email)).body.type).toBe('urn:meridian:problem:email-taken');
  },
);

it.each(['failed', 'recovering'] as const)(
  'nobody takes over the addresses of a region that is %s: they are refused at once, without asking it, and nothing is left to do',
  async (state) => {
    const email = decidedInEu();
    await tell(users.regions, state);
    const { status, headers, body } = await register(us, email);
    expect([status, headers['retry-after']]).toEqual([503, '1']);
    expect(body.detail).toContain(`decided in ${eu.region}, which is ${state} in epoch ${epoch}.`);
    expect([await holderOf(email), await dueIn(us, email)]).toEqual([undefined, 0]);
  },
);

it('where neither who asks nor the claim region has heard that it failed, it decides, and all others find it so later', async () => {
  const email = decidedInEu();
  await tell([ap], 'failed');
  const owner = await register(us, email);
  expect([owner.status, owner.body.emailStatus]).toEqual([201, 'confirmed']);
  expect((await register(ap, email)).status).toBe(503);
  await tell(users.regions, 'active');
  expect((await register(ap, email)).body.type).toBe('urn:meridian:problem:email-taken');
});

it('or taken provisionally: of two in two regions the earlier is confirmed once it is back, and the other is told', async () => {
  const email = decidedInEu();
  await tell(users.regions, 'failed');
  const earlier = await register(us, email, eventual);
  const later = await register(ap, email, eventual);
  expect([earlier.body.emailStatus, later.body.emailStatus]).toEqual(['provisional', 'provisional']);
  await tell(users.regions, 'active');
  const statusIn = async (region: RegionInTest, id: string) =>
    (await region.call('GET', `/users/${id}`)).body.emailStatus;
  await eventually(
    async () => {
      expect(await statusIn(us, earlier.body.id)).toBe('confirmed');
      expect(await statusIn(ap, later.body.id)).toBe('lost');
    },
    { withinMs: 20_000 },
  );
});

it('what was confirmed before it failed stays so: when it is back, it still knows who has the address', async () => {
  const email = decidedInEu();
  const owner = await register(eu, email);
  await tell(users.regions, 'failed');
  await tell(users.regions, 'active');
  expect((await register(us, email)).body.type).toBe('urn:meridian:problem:email-taken');
  expect(await holderOf(email)).toBe(owner.body.id);
});

it('a claim region that failed and has not heard of it decides nothing for who has', async () => {
  const email = decidedInEu();
  await tell([us], 'failed');
  expect((await register(us, email)).status).toBe(503);
  expect(await holderOf(email)).toBeUndefined();
});

it('a claim of an epoch that is over is refused, and made again by who hears of the new one meanwhile', async () => {
  const email = decidedInEu();
  await tell([eu, ap], 'active');
  const refused = await register(us, email);
  expect([refused.status, await holderOf(email)]).toEqual([503, undefined]);
  const asking = register(us, email);
  const first = firstRoutingTable(users.regions.map(({ region }) => region));
  const entry = { state: 'active', weight: 1, sinceEpoch: epoch } as const;
  const table = { ...first, epoch, regions: { ...first.regions, [eu.region]: entry }, reason: 'a test' };
  await us.call('PUT', '/epoch', { table });
  const answer = await asking;
  expect([answer.status, await holderOf(email)]).toEqual([201, answer.body.id]);
});
