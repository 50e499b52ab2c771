import '@meridian/telemetry/register';
import { randomUUID } from 'node:crypto';
import { TOPICS } from '@meridian/contracts';
import type { ServiceInTest } from '@meridian/replication/testing';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { emailDecidedHere, startUserInTest, told } from './user.fixture.ts';

let user: ServiceInTest;
let usEast: string;
beforeAll(async () => {
  user = await startUserInTest(inject('postgresUrl'), inject('kafkaBrokers'));
  [usEast] = user.others;
});
afterAll(() => user.stop());

const register = async (): Promise<string> =>
  (await user.call('POST', '/users', { email: emailDecidedHere(user), name: 'Ada', country: 'GB' })).body.id;
const change = (id: string, fields: object, headers = {}) => user.call('PATCH', `/users/${id}`, fields, headers);
const find = async (id: string) => (await user.call('GET', `/users/${id}`)).body;
const conflictsOf = async (id: string, and = '') =>
  (await user.call('GET', `/users/conflicts?aggregateId=${id}${and}`)).body.items;
const stateOf = async (id: string) =>
  (await user.database.pool.query('SELECT state FROM users WHERE id = $1', [id])).rows[0].state;

let sequence = 0;
const tell = (id: string, fields: object, again?: number) => {
  if (again === undefined) sequence += 1;
  return user.publish({
    topic: TOPICS.users,
    origin: usEast,
    sequence: again ?? sequence,
    key: id,
    value: { id, fields },
  });
};
const isApplied = (upTo = sequence) =>
  eventually(
    async () => {
      const { rows } = await user.database.pool.query(
        'SELECT max(sequence) AS applied FROM inbox WHERE source LIKE $1',
        [`/${usEast}/%`],
      );
      expect(Number(rows[0].applied)).toBeGreaterThanOrEqual(upTo);
    },
    { withinMs: 10_000 },
  );
/** A report of what a region wrote finds a write in the ledger by its aggregate and its clock reading. */
const writtenLately = async () => {
  const { publishedSequence, pending } = (await user.call('GET', '/outbox')).body;
  const after = Math.max(0, publishedSequence + pending - 5);
  return (await user.call('GET', `/outbox/events?after=${after}`)).body.events;
};
const HERE = 'a0000000000000000000000000000001';
const THERE = 'b0000000000000000000000000000002';
const sampled = (traceId: string) => ({ traceparent: `00-${traceId}-00f067aa0ba902b7-01` });

describe('two names, given in two regions at once', () => {
  it('make one entry with both values, readings and traces, however often the event comes', async () => {
    const id = await register();
    await change(id, { name: 'Ada here' }, sampled(HERE));
    const here = (await stateOf(id)).name;
    const there = told('Ada there', usEast, Date.now() + 200, THERE);
    await tell(id, { name: there });
    await isApplied();
    const entry = {
      ...{ aggregate: 'user', aggregateId: id, field: 'name', rule: 'last-writer-wins', status: 'open' },
      lost: { value: 'Ada here', hlc: here.hlc, region: 'eu-west', traceId: HERE },
      won: { value: 'Ada there', hlc: there.hlc, region: usEast, traceId: THERE },
    };
    const [found, ...more] = await conflictsOf(id);
    expect([found, more]).toEqual([{ ...entry, id: found.id, detectedAt: expect.any(String) }, []]);
    expect((await user.call('GET', `/users/conflicts/${found.id}`)).body).toEqual(found);
    expect(await writtenLately()).toContainEqual(expect.objectContaining({ key: id, hlc: found.lost.hlc }));
    // The same event under its sequence, and as another one of the same content.
    await tell(id, { name: there }, sequence);
    await tell(id, { name: there });
    await isApplied();
    expect(await conflictsOf(id)).toEqual([found]);
  });

  it('make one also when the one that comes is the one that loses', async () => {
    const id = await register();
    const before = told('Ada there', usEast, Date.now() - 1_000);
    await change(id, { name: 'Ada here' });
    await tell(id, { name: before });
    await isApplied();
    expect((await find(id)).name).toBe('Ada here');
    expect(await conflictsOf(id)).toMatchObject([{ lost: { value: 'Ada there' }, won: { value: 'Ada here' } }]);
  });

  it('of which the loser is re-applied: a new write, later than both, and the entry is resolved', async () => {
    const id = await register();
    await change(id, { name: 'Ada here' });
    const there = told('Ada there', usEast, Date.now() + 200);
    await tell(id, { name: there });
    await isApplied();
    const [entry] = await conflictsOf(id);
    const again = await user.call('POST', `/users/conflicts/${entry.id}/reapply`, {});
    expect([again.status, again.body]).toEqual([200, { ...entry, status: 'resolved' }]);
    const { name } = await stateOf(id);
    expect(name).toMatchObject({ value: 'Ada here', seen: { [usEast]: there.hlc } });
    expect(name.hlc > there.hlc).toBe(true);
    const { rows } = await user.database.pool.query('SELECT version FROM users WHERE id = $1', [id]);
    expect((await user.call('POST', `/users/conflicts/${entry.id}/reapply`, {})).body.status).toBe('resolved');
    expect((await user.database.pool.query('SELECT version FROM users WHERE id = $1', [id])).rows).toEqual(rows);
    expect([await conflictsOf(id, '&status=open'), await conflictsOf(id, '&status=resolved')]).toMatchObject([
      [],
      [{ id: entry.id }],
    ]);
  });
});

describe('no conflict', () => {
  it('is an edit by somebody who had seen the value, in another region', async () => {
    const id = await register();
    const { name } = await stateOf(id);
    await tell(id, { name: { ...told('Ada L.', usEast, Date.now() + 200), seen: { 'eu-west': name.hlc } } });
    await isApplied();
    expect((await find(id)).name).toBe('Ada L.');
    expect(await conflictsOf(id)).toEqual([]);
  });

  it('are two changes of two fields, nor two changes to one value', async () => {
    const id = await register();
    await change(id, { country: 'IE' });
    const atMs = Date.now() + 200;
    await tell(id, { name: { ...told('Bo', usEast, atMs), seen: { 'eu-west': (await stateOf(id)).name.hlc } } });
    await tell(id, { country: told('IE', usEast, atMs) });
    await isApplied();
    expect(await find(id)).toMatchObject({ name: 'Bo', country: 'IE' });
    expect(await conflictsOf(id)).toEqual([]);
  });
});

describe('the ledger', () => {
  it('is read newest first, a page at a time', async () => {
    const id = await register();
    for (const name of ['one', 'two', 'three'])
      await tell(id, { name: told(name, usEast, Date.now() - 10_000 + sequence) });
    await isApplied();
    const first = (await user.call('GET', `/users/conflicts?aggregateId=${id}&limit=2`)).body;
    const second = (await user.call('GET', `/users/conflicts?aggregateId=${id}&limit=2&after=${first.next}`)).body;
    const valuesOf = (page: typeof first) => page.items.map((entry: { lost: { value: string } }) => entry.lost.value);
    expect([valuesOf(first), valuesOf(second), second.next]).toEqual([['three', 'two'], ['one'], null]);
  });

  it('refuses to write again what nobody can write, and does not know what it does not hold', async () => {
    const id = await register();
    await tell(id, { registeredIn: told('us-east', usEast, Date.now() - 10_000) });
    await isApplied();
    const [entry] = await conflictsOf(id);
    const refused = await user.call('POST', `/users/conflicts/${entry.id}/reapply`, {});
    expect([refused.status, refused.body.type]).toEqual([409, 'urn:meridian:problem:not-reappliable']);
    expect((await user.call('GET', `/users/conflicts/${randomUUID()}`)).status).toBe(404);
    expect((await user.call('GET', '/users/conflicts/none')).status).toBe(400);
    expect((await user.call('GET', '/users/conflicts?status=lost')).status).toBe(400);
  });

  it('sends nothing to other regions: what lost stands in no topic', async () => {
    const records = await user.read(TOPICS.users);
    const id = await register();
    await change(id, { name: 'Said here' });
    await tell(id, { name: told('Only there', usEast, Date.now() - 10_000) });
    await isApplied();
    await eventually(() => expect(records.filter(({ key }) => String(key) === id)).toHaveLength(2), {
      withinMs: 10_000,
    });
    expect(records.map(({ value }) => String(value)).join()).not.toContain('Only there');
  });
});

it('an address that was set here and lost to another one set elsewhere is given back', async () => {
  const id = await register();
  const [mine, theirs] = [emailDecidedHere(user), emailDecidedHere(user)];
  await change(id, { email: mine });
  const taken = await user.call('POST', '/users', { email: mine, name: 'Bo', country: 'SG' });
  expect(taken.body.type).toBe('urn:meridian:problem:email-taken');
  const email = told(theirs, usEast, Date.now() + 200);
  await tell(id, { email, emailClaim: { status: 'confirmed', of: email.hlc, hlc: email.hlc } });
  await isApplied();
  expect(await find(id)).toMatchObject({ email: theirs, emailStatus: 'confirmed' });
  expect(await conflictsOf(id)).toMatchObject([{ field: 'email', lost: { value: mine }, won: { value: theirs } }]);
  await eventually(
    async () =>
      expect((await user.call('POST', '/users', { email: mine, name: 'Bo', country: 'SG' })).status).toBe(201),
    { withinMs: 10_000 },
  );
});
