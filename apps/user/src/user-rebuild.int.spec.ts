import { randomUUID } from 'node:crypto';
import type { RegionInTest, RegionsInTest } from '@meridian/replication/testing';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { startUsers } from './user.fixture.ts';

let users: RegionsInTest;
beforeAll(async () => {
  users = await startUsers(inject('postgresUrl'), inject('kafkaBrokers'));
});
afterAll(() => users.stop());

const register = (region: RegionInTest, email: string) =>
  region.call('POST', '/users', { email, name: 'Ada', country: 'IE' });
const expectEqual = () =>
  eventually(
    async () => {
      const answers = await Promise.all(users.regions.map((region) => region.call('GET', '/digest')));
      expect(new Set(answers.map(({ body }) => body.digest)).size).toBe(1);
    },
    { withinMs: 20_000 },
  );

it('a claim region that lost its disk gives no address away that has an owner, and gives the free ones', async () => {
  const [usEast, euWest] = users.regions as [RegionInTest, RegionInTest];
  // A third of them is decided on in each region.
  const taken = Array.from({ length: 12 }, () => `${randomUUID()}@example.com`);
  for (const [i, email] of taken.entries())
    expect((await register(users.regions[i % 3] as RegionInTest, email)).status).toBe(201);
  await expectEqual();
  await users.destroy(euWest.region);
  await eventually(async () => expect((await euWest.call('GET', '/rebuild')).body.phase).toBe('joined'), {
    withinMs: 20_000,
  });
  const { report } = (await euWest.call('GET', '/rebuild')).body;
  expect(report.notes.join()).toMatch(/claims to e-mail addresses are made again/);
  const again = await Promise.all(taken.map((email) => register(usEast, email)));
  expect(again.map(({ status, body }) => body.type ?? status)).toEqual(
    taken.map(() => 'urn:meridian:problem:email-taken'),
  );
  for (let i = 0; i < 6; i += 1) expect((await register(euWest, `${randomUUID()}@example.com`)).status).toBe(201);
  await expectEqual();
}, 60_000);
