import { randomUUID } from 'node:crypto';
import { eventually } from '@meridian/testing';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { ClaimRegions } from './claim-regions.ts';
import { SecureEmail } from './secure-email.ts';
import { type Answer, startUserRegions, type UserRegion } from './user-regions.fixture.ts';

let regions: UserRegion[];
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ regions, stop } = await startUserRegions(inject('postgresUrl')));
});
afterEach(() => {
  for (const region of regions) region.link = 'open';
});
afterAll(() => stop());

/** A new address, the region that decides about it, and the two others. */
function newAddress() {
  const email = `${randomUUID()}@example.com`;
  const digest = (regions[0] as UserRegion).service.app.get(SecureEmail).digestOf(email);
  const claimRegion = (regions[0] as UserRegion).service.app.get(ClaimRegions).regionOf(digest);
  const decider = regions.find(({ region }) => region === claimRegion) as UserRegion;
  const [one, other] = regions.filter((region) => region !== decider) as [UserRegion, UserRegion];
  return { email, digest, decider, one, other };
}

const register = (region: UserRegion, email: string, headers: Record<string, string> = {}) =>
  region.call('POST', '/users', { email, name: 'Ada', country: 'GB' }, headers);
const change = (region: UserRegion, { body }: Answer, fields: object, headers: Record<string, string> = {}) =>
  region.call('PATCH', `/users/${body.id}`, fields, headers);
const find = async (region: UserRegion, { body }: Answer) => (await region.call('GET', `/users/${body.id}`)).body;
const eventual = { 'x-meridian-consistency': 'eventual' };
const holderIn = async ({ database }: UserRegion, digest: string) => {
  const { rows } = await database.pool.query('SELECT user_id, state FROM email_claims WHERE digest = $1', [digest]);
  return rows[0]?.state === 'released' ? undefined : rows[0]?.user_id;
};
/** As if half a minute had gone by. */
const letIntentsExpire = ({ database }: UserRegion) =>
  database.pool.query(`UPDATE email_claims_due SET next_at = clock_timestamp() WHERE task = 'intent'`);
/** What is still to be done there about these addresses; other tests may leave something of others. */
const dueIn = async ({ database }: UserRegion, ...digests: string[]) => {
  const due = 'SELECT task FROM email_claims_due WHERE digest = ANY ($1)';
  return (await database.pool.query(due, [digests])).rows;
};
const soon = (assertion: () => Promise<void>) => eventually(assertion, { withinMs: 10_000 });

describe('an address', () => {
  it('belongs to one user, of all who ask for it in all regions at once, however they spell it', async () => {
    for (let i = 0; i < 5; i += 1) {
      const { email, digest } = newAddress();
      const answers = await Promise.all(
        [...regions, ...regions].map((region, n) => register(region, n % 2 ? email.toUpperCase() : email)),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
      expect(answers.find(({ status }) => status === 201)?.body.emailStatus).toBe('confirmed');
      expect(answers.find(({ status }) => status === 409)?.body.type).toBe('urn:meridian:problem:email-taken');
      for (const region of regions) expect(await dueIn(region, digest)).toEqual([]);
    }
  });

  it('that another user has is refused to one who changes to it, and nothing of them changes', async () => {
    const [{ email }, mine] = [newAddress(), newAddress()];
    await register(mine.one, email);
    const user = await register(mine.other, mine.email);
    const refused = await change(mine.other, user, { email, name: 'Bo' });
    expect([refused.status, refused.body.type]).toEqual([409, 'urn:meridian:problem:email-taken']);
    expect(await find(mine.other, user)).toEqual(user.body);
    expect(await holderIn(mine.decider, mine.digest)).toBe(user.body.id);
  });

  it('is free again for others once its user has another one', async () => {
    const [old, { email }] = [newAddress(), newAddress()];
    const user = await register(old.one, old.email);
    expect((await change(old.one, user, { email })).body).toMatchObject({ email, emailStatus: 'confirmed' });
    await soon(async () => expect(await holderIn(old.decider, old.digest)).toBeUndefined());
    expect((await register(old.other, old.email)).status).toBe(201);
  });

  it('that is written again as it was stays with its user', async () => {
    const { email, digest, decider, one } = newAddress();
    const user = await register(one, email);
    expect((await change(one, user, { email: email.toUpperCase() })).body.emailStatus).toBe('confirmed');
    expect([await holderIn(decider, digest), await dueIn(one, digest)]).toEqual([user.body.id, []]);
  });
});

describe('while the region that decides is away', () => {
  it('a registration is refused, saying who would decide, and leaves no user', async () => {
    const { email, decider, one } = newAddress();
    decider.link = 'refuses';
    const { status, headers, body } = await register(one, email);
    expect([status, headers['retry-after']]).toEqual([503, '1']);
    expect(body.detail).toContain(`decided in ${decider.region}`);
    expect(JSON.stringify(body)).not.toContain('@');
    const { rowCount } = await one.database.pool.query(`SELECT FROM users WHERE state::text LIKE $1`, [`%${email}%`]);
    expect(rowCount).toBe(0);
  });

  it('a registration in that very region is confirmed: it needs no other', async () => {
    const { email, decider, one, other } = newAddress();
    one.link = other.link = 'refuses';
    expect((await register(decider, email)).body.emailStatus).toBe('confirmed');
    expect((await register(decider, newAddress().email, eventual)).status).toBe(201);
  });

  it('an eventual registration is provisional, and confirmed once the region is back', async () => {
    const { email, digest, decider, one } = newAddress();
    decider.link = 'refuses';
    const user = await register(one, email, eventual);
    expect([user.status, user.body.emailStatus]).toEqual([201, 'provisional']);
    await soon(async () => {
      const { rows } = await one.database.pool.query('SELECT attempts FROM email_claims_due WHERE digest = $1', [
        digest,
      ]);
      expect(rows[0].attempts).toBeGreaterThan(1);
    });
    expect((await find(one, user)).emailStatus).toBe('provisional');
    decider.link = 'open';
    await soon(async () => expect((await find(one, user)).emailStatus).toBe('confirmed'));
    expect(await holderIn(decider, digest)).toBe(user.body.id);
    const { rows } = await one.database.pool.query('SELECT type FROM outbox WHERE key = $1 ORDER BY id', [
      user.body.id,
    ]);
    expect(rows.map(({ type }) => type)).toEqual(['meridian.user.registered.v1', 'meridian.user.email-confirmed.v1']);
  });

  it('of two eventual registrations the earlier wins, although the later is heard first, and the loser is told', async () => {
    const { email, decider, one, other } = newAddress();
    decider.link = 'refuses';
    const earlier = await register(one, email, eventual);
    // The wall clocks of two regions on one machine differ by less than this takes.
    await find(one, earlier);
    const later = await register(other, email, eventual);
    await one.database.pool.query(`UPDATE email_claims_due SET next_at = clock_timestamp() + interval '3 s'`);
    decider.link = 'open';
    await soon(async () =>
      expect(await holderIn(decider, decider.service.app.get(SecureEmail).digestOf(email))).toBe(later.body.id),
    );
    expect((await find(other, later)).emailStatus).toBe('provisional');
    await soon(async () => {
      expect((await find(one, earlier)).emailStatus).toBe('confirmed');
      expect((await find(other, later)).emailStatus).toBe('lost');
    });
    const { items } = (await other.call('GET', `/users/conflicts?aggregateId=${later.body.id}`)).body;
    expect(items).toMatchObject([
      {
        rule: 'email-claim',
        field: 'email',
        lost: { value: email, region: other.region },
        won: { value: { heldBy: earlier.body.id }, region: one.region },
        status: 'open',
      },
    ]);
    expect((await other.call('POST', `/users/conflicts/${items[0].id}/reapply`, {})).status).toBe(409);
    const another = newAddress().email;
    expect((await change(other, later, { email: another })).body).toMatchObject({
      email: another,
      emailStatus: 'confirmed',
    });
    expect((await register(other, email)).status).toBe(409);
  });

  it('an eventual registration of an address that is taken is lost', async () => {
    const { email, decider, one, other } = newAddress();
    await register(other, email);
    decider.link = 'refuses';
    const user = await register(one, email, eventual);
    decider.link = 'open';
    await soon(async () => expect((await find(one, user)).emailStatus).toBe('lost'));
  });

  it('a provisional user who takes another address leaves the first one free', async () => {
    const [first, second] = [newAddress(), newAddress()];
    first.decider.link = second.decider.link = 'refuses';
    const user = await register(first.one, first.email, eventual);
    await change(first.one, user, { email: second.email }, eventual);
    first.decider.link = second.decider.link = 'open';
    await soon(async () => expect((await find(first.one, user)).emailStatus).toBe('confirmed'));
    await soon(async () => expect(await dueIn(first.one, first.digest, second.digest)).toEqual([]));
    expect(await holderIn(first.decider, first.digest)).toBeUndefined();
    expect(await holderIn(second.decider, second.digest)).toBe(user.body.id);
  });
});

describe('a registration whose answer was lost', () => {
  it('is completed by a retry with its key, in whatever region, and done once', async () => {
    const { email, digest, decider, one, other } = newAddress();
    const key = { 'idempotency-key': randomUUID() };
    decider.link = 'loses answers';
    expect((await register(one, email, key)).status).toBe(503);
    expect(await holderIn(decider, digest)).toBeDefined();
    decider.link = 'open';
    const retried = await register(other, email, key);
    expect([retried.status, retried.body.emailStatus]).toEqual([201, 'confirmed']);
    const again = await register(other, email, key);
    expect([again.status, again.headers['idempotent-replayed'], again.body]).toEqual([200, 'true', retried.body]);
    expect(await holderIn(decider, digest)).toBe(retried.body.id);
  });

  it('and is not retried leaves no claim behind', async () => {
    const { email, digest, decider, one, other } = newAddress();
    decider.link = 'loses answers';
    await register(one, email);
    decider.link = 'open';
    expect((await register(other, email)).status).toBe(409);
    await letIntentsExpire(one);
    await soon(async () => expect(await holderIn(decider, digest)).toBeUndefined());
    expect((await register(other, email)).status).toBe(201);
  });

  it('keeps the address of a user who only tried to take it again', async () => {
    const { email, digest, decider, one } = newAddress();
    const user = await register(one, email);
    decider.link = 'refuses';
    expect((await change(one, user, { email })).status).toBe(503);
    decider.link = 'open';
    await letIntentsExpire(one);
    await soon(async () => expect(await dueIn(one, digest)).toEqual([]));
    expect(await holderIn(decider, digest)).toBe(user.body.id);
  });

  it('and that is slower than its intent lasts is not done after its claim was given back', async () => {
    const { email, digest, decider, one } = newAddress();
    const [userId, hlc] = [randomUUID(), '001795000000000-0000-us-east'];
    const secured = await one.service.app.get(SecureEmail).take({ userId, email, hlc, known: {} }, 'strong');
    expect(await holderIn(decider, digest)).toBe(userId);
    await letIntentsExpire(one);
    await soon(async () => expect(await holderIn(decider, digest)).toBeUndefined());
    const { UserStore } = await import('../persistence/user-store.ts');
    const user = { id: userId, version: 0, state: { email: { value: email, hlc } } };
    expect(await one.service.app.get(UserStore).commit(user, [], secured)).toBe(false);
    expect((await one.database.pool.query('SELECT FROM users WHERE id = $1', [userId])).rowCount).toBe(0);
  });
});

it('of an address nothing but a keyed digest passes between regions, and that in bodies alone', async () => {
  for (const region of regions) region.passed = '';
  const { email, digest, decider, one, other } = newAddress();
  await register(one, email);
  await register(other, email);
  const [first, second] = [newAddress(), newAddress()];
  await change(one, await register(one, first.email, eventual), { email: second.email });
  await soon(async () => expect(await dueIn(one, first.digest, second.digest)).toEqual([]));
  expect(decider.passed).toContain(digest);
  for (const { passed } of regions) {
    expect(passed).not.toMatch(/@|%40|example\.com/i);
    for (const head of passed.split(/\r\n\r\n/).map((part) => part.slice(part.lastIndexOf('POST /'))))
      if (head.startsWith('POST /')) expect(head).not.toMatch(/[0-9a-f]{64}/);
  }
});
