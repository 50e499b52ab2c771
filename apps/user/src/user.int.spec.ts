import { randomUUID } from 'node:crypto';
import { dlqTopic, OPERATIONS, remoteTopic, TOPICS } from '@meridian/contracts';
import { headersToStrings, type IncomingRecord } from '@meridian/kafka';
import type { Answer, ServiceInTest } from '@meridian/replication/testing';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { emailDecidedHere, startUserInTest, told } from './user.fixture.ts';

let user: ServiceInTest;
let usEast: string;
let apSoutheast: string;
beforeAll(async () => {
  user = await startUserInTest(inject('postgresUrl'), inject('kafkaBrokers'));
  [usEast, apSoutheast] = user.others;
});
afterAll(() => user.stop());

const ada = { name: 'Ada', country: 'GB' };
const register = (over: object = {}) => user.call('POST', '/users', { email: emailDecidedHere(user), ...ada, ...over });
const change = (id: string, fields: object) => user.call('PATCH', `/users/${id}`, fields);
const find = (id: string) => user.call('GET', `/users/${id}`);
const digest = async () => (await user.call('GET', '/digest')).body;

describe('a user', () => {
  it('is registered with where and when, and read', async () => {
    const before = Date.now();
    const { status, headers, body } = await register();
    expect([status, headers.location]).toEqual([201, `/users/${body.id}`]);
    expect(body).toMatchObject({ ...ada, registeredIn: 'eu-west', emailStatus: 'confirmed' });
    expect(Date.parse(body.registeredAt)).toBeGreaterThanOrEqual(before);
    expect((await find(body.id)).body).toEqual(body);
  });

  it('changes the fields that are given, and no other', async () => {
    const { body } = await register();
    const changed = await change(body.id, { country: 'IE' });
    expect([changed.status, changed.body]).toEqual([200, { ...body, country: 'IE' }]);
    expect((await find(body.id)).body).toEqual(changed.body);
  });

  it('keeps each of many changes of different fields at once', async () => {
    const { id } = (await register()).body;
    const email = emailDecidedHere(user);
    await Promise.all([change(id, { country: 'IE' }), change(id, { name: 'Bo' }), change(id, { email })]);
    expect((await find(id)).body).toMatchObject({ country: 'IE', name: 'Bo', email, emailStatus: 'confirmed' });
  });

  it('takes a hundred changes of one person at once: they follow each other, and none is refused', async () => {
    const { id } = (await register()).body;
    const names = Array.from({ length: 100 }, (_, i) => `Ada ${i}`);
    const answers = await Promise.all(names.map((name) => change(id, { name })));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(names).toContain((await find(id)).body.name);
  });

  const secret = 'ada@@example.com';
  it.each<[string, number, () => Promise<Answer>]>([
    ['an address that is none', 400, () => register({ email: secret })],
    ['a name of control characters', 400, () => register({ name: 'A\u0000da' })],
    ['a country in words', 400, () => register({ country: 'Ireland' })],
    ['a missing field', 400, () => user.call('POST', '/users', { email: 'ada@example.com', name: ada.name })],
    ['an unknown field', 400, () => register({ admin: true })],
    ['a change of nothing', 400, () => change(randomUUID(), {})],
    ['an id that is none', 400, () => find('ada')],
    ['a user who is not known', 404, () => find(randomUUID())],
    ['a change of them', 404, () => change(randomUUID(), { email: 'ada@example.com' })],
  ])('%s is refused, nothing is written, and nothing of the person is quoted', async (_what, status, call) => {
    const before = await digest();
    const answer = await call();
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(JSON.stringify(answer.body)).not.toContain('@');
    expect(await digest()).toEqual(before);
  });
});

describe('what a person said of themselves', () => {
  it('leaves the service in the value of an event alone: not in its key, not in a header', async () => {
    const records = await user.read(TOPICS.users);
    const [first, second] = [emailDecidedHere(user), emailDecidedHere(user)];
    const { id } = (await register({ email: first, name: 'Onlyhere' })).body;
    await change(id, { email: second });
    const [registered, changed] = await eventually(
      () => {
        const found = records.filter(({ key }) => key?.toString() === id);
        expect(found).toHaveLength(2);
        return found as [IncomingRecord, IncomingRecord];
      },
      { withinMs: 10_000 },
    );
    expect(JSON.parse(String(registered.value)).fields.email.value).toBe(first);
    expect(Object.keys(JSON.parse(String(changed.value)).fields)).toEqual(['email', 'emailClaim']);
    for (const record of [registered, changed]) {
      const headers = headersToStrings(record.headers);
      expect(headers).toMatchObject({ ce_subject: id, ce_source: '/eu-west/user' });
      expect(JSON.stringify([String(record.key), headers])).not.toMatch(/@|Onlyhere|example\.com/);
    }
  });

  it('is not quoted in a dead letter’s reason', async () => {
    const letters = await user.read(dlqTopic(remoteTopic(usEast, TOPICS.users)));
    const id = randomUUID();
    await tell(usEast, id, { email: told('ada@@example.com', usEast, Date.now()) });
    const letter = await eventually(
      () => {
        expect(letters).toHaveLength(1);
        return letters[0] as IncomingRecord;
      },
      { withinMs: 10_000 },
    );
    const headers = headersToStrings(letter.headers);
    expect(headers['x-dlq-reason']).toContain('fields.email.value');
    expect(JSON.stringify(headers)).not.toContain('@');
  });
});

let sequence = 0;
const tell = (origin: string, id: string, fields: object) => {
  sequence += 1;
  return user.publish({ topic: TOPICS.users, origin, sequence, key: id, value: { id, fields } });
};
const eventuallyUser = (id: string, expectation: (answer: Answer) => void) =>
  eventually(async () => expectation(await find(id)), { withinMs: 10_000 });

describe('a user of another region', () => {
  const registeredAt = (region: string, wallMs: number) => ({
    email: told('bo@example.com', region, wallMs),
    name: told('Bo', region, wallMs),
    country: told('SG', region, wallMs),
    registeredIn: told(region, region, wallMs),
    registeredAt: told(new Date(wallMs).toISOString(), region, wallMs),
  });

  it('is readable here, and not before the registration is known', async () => {
    const [id, nowMs] = [randomUUID(), Date.now()];
    await tell(usEast, id, { name: told('Bob', usEast, nowMs) });
    await eventually(
      async () => {
        const { rowCount } = await user.database.pool.query('SELECT FROM users WHERE id = $1', [id]);
        expect(rowCount).toBe(1);
      },
      { withinMs: 10_000 },
    );
    expect((await find(id)).status).toBe(404);
    expect((await change(id, { name: 'Rob' })).status).toBe(404);
    await tell(usEast, id, registeredAt(usEast, nowMs - 10));
    await eventuallyUser(id, ({ body }) => expect(body).toMatchObject({ name: 'Bob', registeredIn: usEast }));
  });

  it('keeps, of changes in two regions, both when the fields differ and the later one when they do not', async () => {
    const [ids, nowMs] = [[randomUUID(), randomUUID()], Date.now()];
    const changes = (id: string) => [
      () => tell(usEast, id, { name: told('Earlier', usEast, nowMs + 1), country: told('US', usEast, nowMs + 1) }),
      () => tell(apSoutheast, id, { name: told('Later', apSoutheast, nowMs + 2) }),
    ];
    for (const [i, id] of ids.entries()) {
      await tell(usEast, id, registeredAt(usEast, nowMs));
      await eventuallyUser(id, ({ status }) => expect(status).toBe(200));
      const [first, second] = i === 0 ? changes(id) : changes(id).reverse();
      await first?.();
      await eventuallyUser(id, ({ body }) => expect(body.name).not.toBe('Bo'));
      await second?.();
      await eventuallyUser(id, ({ body }) => expect(body).toMatchObject({ name: 'Later', country: 'US' }));
    }
    const { rows } = await user.database.pool.query('SELECT state FROM users WHERE id = ANY ($1::uuid[])', [ids]);
    expect(rows[0].state).toEqual(rows[1].state);
    // A change that is made here now is later than both.
    expect((await change(ids[0] as string, { name: 'Latest' })).body.name).toBe('Latest');
  });
});

describe('the service', () => {
  it('answers every operation of the contract, and nothing that does not stand there', () =>
    expect(user.routes).toEqual(OPERATIONS.user.map((o) => `${o.method.toUpperCase()} ${o.path}`).sort()));
});
