import '@meridian/telemetry/register';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { decodeToken, encodeToken, type Token } from '@meridian/consistency';
import { PARTITIONS_PER_TOPIC, remoteTopic, TOPICS } from '@meridian/contracts';
import { formatHlc } from '@meridian/hlc';
import { headersToStrings, partitionOf } from '@meridian/kafka';
import { type Answer, type ServiceInTest, startServiceInTest } from '@meridian/replication/testing';
import { eventually } from '@meridian/testing';
import { SpanKind, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { UserConfig } from './user.config.ts';
import { UserModule } from './user.module.ts';

/** I5 in one region: what it does with a token that names writes of the others. */
const WAIT_MS = 600;
let user: ServiceInTest;
let usEast: string;
let apSoutheast: string;

/** Stands in for the other regions' services: it answers whatever it is told to, and remembers what it was asked. */
let elsewhere: Server;
let asked: { region: string; method: string; url: string; headers: IncomingHttpHeaders; body: string }[];
let answers: (region: string) => { status: number; headers?: Record<string, string>; body: unknown } | undefined;

const exporter = new InMemorySpanExporter();

beforeAll(async () => {
  trace.disable();
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
  elsewhere = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const [, region = '', ...rest] = (request.url ?? '').split('/');
    const { method = '', headers } = request;
    // Addresses are claimed at other regions, too, and are not what this is about: they get what they ask for.
    if (rest[0] === 'email-claims') {
      const { userId, hlc } = JSON.parse(body);
      response.writeHead(200, { 'content-type': 'application/json' });
      return response.end(JSON.stringify({ userId, hlc, state: 'settled' }));
    }
    asked.push({ region, method, url: `/${rest.join('/')}`, headers, body });
    const answer = answers(region);
    if (!answer) return request.socket.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  const { port } = elsewhere.address() as AddressInfo;
  user = await startServiceInTest({
    name: 'user',
    appDir: path.join(import.meta.dirname, '..'),
    Config: UserConfig,
    moduleOf: (config) => UserModule.told(config),
    postgresUrl: inject('postgresUrl'),
    brokers: inject('kafkaBrokers'),
    env: { MERIDIAN_SESSION_WAIT_MS: WAIT_MS, EMAIL_DIGEST_KEY: 'a key of this test alone' },
    urlIn: (region) => `http://127.0.0.1:${port}/${region}`,
  });
  [usEast, apSoutheast] = user.others;
});
afterAll(async () => {
  await user.stop();
  elsewhere.closeAllConnections();
  elsewhere.close();
  trace.disable();
});
beforeEach(() => {
  asked = [];
  answers = () => undefined;
  exporter.reset();
});

let sequence = 0;
let transaction = 1_000;
const nextTransaction = () => String(++transaction);
const after = (number: string) => String(BigInt(number) + 1n);
const idIn = (partition: number): string => {
  for (;;) {
    const id = randomUUID();
    if (partitionOf(id, PARTITIONS_PER_TOPIC) === partition) return id;
  }
};
const stateOf = (origin: string, fields: Record<string, string>, atMs = Date.now()) => {
  const hlc = formatHlc({ wallMs: atMs, counter: 0, region: origin });
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, { value, hlc }]));
};
const ada = { email: 'ada@example.com', name: 'Ada', country: 'GB' };
const someone = () => ({ ...ada, email: `${randomUUID()}@example.com` });
/** Another region's event arrives. It promises that all up to it, itself included, is in its partition. */
const arrives = (
  id: string,
  fields: Record<string, string>,
  over: { origin?: string; transaction?: string; deps?: string; aheadMs?: number } = {},
) => {
  const { origin = usEast, transaction: number = nextTransaction(), deps, aheadMs = 0 } = over;
  const atMs = Date.now() + aheadMs;
  const value = { id, fields: stateOf(origin, fields, atMs) };
  const event = { topic: TOPICS.users, origin, sequence: ++sequence, key: id, value, atMs } as const;
  return user.publish({ ...event, transaction: number, deps, horizon: after(number) });
};
const registered = (id: string, over: Parameters<typeof arrives>[2] = {}) =>
  arrives(id, { ...ada, registeredIn: over.origin ?? usEast, registeredAt: new Date().toISOString() }, over);
const find = (id: string, headers: Record<string, string> = {}) => user.call('GET', `/users/${id}`, undefined, headers);
const withToken = (token: Token, more: Record<string, string> = {}) => ({
  'x-meridian-token': encodeToken(token),
  ...more,
});
const tokenOf = (answer: Answer): Token => {
  const decoded = decodeToken(String(answer.headers['x-meridian-token']));
  if (!decoded.ok) throw new Error(`not a token: ${decoded.reason}`);
  return decoded.token;
};
const known = (id: string) => eventually(async () => expect((await find(id)).status).toBe(200), { withinMs: 10_000 });
const named = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name);

describe('an answer', () => {
  it('of a write has a token that names its transaction, and so has that of a read of it', async () => {
    const written = await user.call('POST', '/users', someone());
    expect(written.headers['x-meridian-consistency']).toBe('eventual');
    const [entry, number] = Object.entries(tokenOf(written))[0] ?? [];
    expect(entry).toBe('user/eu-west');
    expect(tokenOf(await find(written.body.id))).toEqual({ 'user/eu-west': number });
  });

  it('of a read names the writes of other regions that it saw, and joins what was seen before', async () => {
    const id = randomUUID();
    await registered(id, { transaction: '77' });
    await known(id);
    const read = await find(id, withToken({ 'order/us-east': '5' }));
    expect(tokenOf(read)).toEqual({ [`user/${usEast}`]: '77', 'order/us-east': '5' });
    expect(read.headers['x-meridian-region']).toBe('eu-west');
  });

  it('says how old what it shows may be, once every other region was heard', async () => {
    const id = (await user.call('POST', '/users', someone())).body.id;
    for (const origin of [usEast, apSoutheast])
      await user.heartbeat({ topic: TOPICS.users, origin, horizon: nextTransaction() });
    const read = await eventually(
      async () => {
        const answer = await find(id);
        expect(answer.headers).toHaveProperty('x-meridian-staleness-ms');
        return answer;
      },
      { withinMs: 10_000 },
    );
    expect(Number(read.headers['x-meridian-staleness-ms'])).toBeLessThan(10_000);
  });
});

describe('an event of this region', () => {
  it('says its transaction, what its author had seen, and up to where its partition is complete', async () => {
    const records = await user.read(TOPICS.users);
    const written = await user.call('POST', '/users', someone(), withToken({ 'order/us-east': '5' }));
    const [number = ''] = Object.entries(tokenOf(written)).flatMap(([entry, n]) =>
      entry === 'user/eu-west' ? [n] : [],
    );
    const record = await eventually(
      () => {
        const found = records.find(({ key }) => String(key) === written.body.id);
        expect(found).toBeDefined();
        return found as (typeof records)[number];
      },
      { withinMs: 10_000 },
    );
    const headers = headersToStrings(record.headers);
    expect(headers.ce_tx).toBe(number);
    expect(BigInt(headers.ce_horizon ?? 0)).toBeGreaterThan(BigInt(number));
    expect(decodeToken(headers.ce_deps ?? '')).toEqual({ ok: true, token: { 'order/us-east': '5' } });
  });
});

describe('a read in a session', () => {
  it('waits for what its token names, and then shows it', async () => {
    const id = randomUUID();
    await registered(id);
    await known(id);
    const number = nextTransaction();
    const read = find(id, withToken({ [`user/${usEast}`]: number }));
    await arrives(id, { name: 'Bo' }, { transaction: number });
    const { status, headers, body } = await read;
    expect([status, body.name]).toEqual([200, 'Bo']);
    expect(headers['x-meridian-consistency']).toBe('session');
    expect(asked).toEqual([]);
  });

  it('waits in the trace, and says there whom for', async () => {
    const id = randomUUID();
    await registered(id);
    await known(id);
    const number = nextTransaction();
    const read = find(id, withToken({ [`user/${usEast}`]: number }));
    await user.heartbeat({ topic: TOPICS.users, origin: usEast, horizon: after(number) });
    expect((await read).status).toBe(200);
    const [wait] = named('consistency.wait');
    expect(wait?.attributes).toMatchObject({
      'meridian.consistency.level': 'session',
      'meridian.consistency.missing': [usEast],
      'meridian.consistency.outcome': 'serve',
    });
    const server = named('GET /users/:id').find(
      (span) => span.spanContext().spanId === wait?.parentSpanContext?.spanId,
    );
    expect(server?.attributes).toMatchObject({ 'meridian.consistency.level': 'session' });
  });

  it('of a key is not held up by another partition', async () => {
    const [here, there] = [idIn(0), idIn(1)];
    await Promise.all([registered(here), registered(there)]);
    await Promise.all([known(here), known(there)]);
    const number = nextTransaction();
    await user.heartbeat({ topic: TOPICS.users, origin: usEast, horizon: after(number), partitions: [0] });
    const token = withToken({ [`user/${usEast}`]: number });
    await eventually(async () => expect((await find(here, token)).status).toBe(200), { withinMs: 5_000 });
    expect(named('consistency.wait').length).toBeLessThanOrEqual(1);
    expect((await find(there, token)).status).toBe(503);
  });

  it('is answered by a region that has it when it does not come in time, and by none twice', async () => {
    const id = randomUUID();
    await registered(id, { origin: apSoutheast });
    await known(id);
    const told = {
      'x-meridian-token': encodeToken({ [`user/${apSoutheast}`]: '999999' }),
      'x-meridian-region': apSoutheast,
    };
    answers = (region) =>
      region === apSoutheast ? { status: 200, headers: told, body: { id, name: 'Bo' } } : undefined;
    const startedMs = performance.now();
    const token = withToken({ [`user/${apSoutheast}`]: '999999' });
    const read = await user.call('GET', `/users/${id}?x=1`, undefined, token);
    expect([read.status, read.body.name]).toEqual([200, 'Bo']);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(WAIT_MS - 5);
    expect(read.headers).toMatchObject(told);
    expect(asked).toMatchObject([{ region: apSoutheast, method: 'GET', url: `/users/${id}?x=1` }]);
    expect(asked[0]?.headers).toMatchObject({
      ...token,
      'x-meridian-consistency': 'session',
      'x-meridian-forwarded-by': 'eu-west',
    });
    const client = named('GET /users/:id').find(({ kind }) => kind === SpanKind.CLIENT);
    expect(client?.attributes).toMatchObject({ 'meridian.peer.region': apSoutheast, 'meridian.forwarded': true });
    expect(asked[0]?.headers.traceparent).toContain(client?.spanContext().spanId);
  });

  it('asks the next region when the first has no answer or refuses as well', async () => {
    answers = (region) => (region === apSoutheast ? { status: 200, body: { name: 'Bo' } } : { status: 503, body: {} });
    const read = await find(randomUUID(), withToken({ [`user/${usEast}`]: '999999' }));
    expect([read.status, read.body.name]).toEqual([200, 'Bo']);
    expect(asked.map(({ region }) => region)).toEqual([usEast, apSoutheast]);
  });

  it('is refused when no region has it: never stale in silence', async () => {
    const id = (await user.call('POST', '/users', someone())).body.id;
    const { status, headers, body } = await find(id, withToken({ [`user/${usEast}`]: '999999' }));
    expect(status).toBe(503);
    expect(body).toMatchObject({ type: 'urn:meridian:problem:consistency-unavailable' });
    expect(body.detail).toContain(usEast);
    expect(headers['retry-after']).toBe('1');
    expect(asked.map(({ region }) => region)).toEqual([usEast, apSoutheast]);
  });

  it('that another region sent here is not sent on', async () => {
    const startedMs = performance.now();
    const token = withToken({ [`user/${usEast}`]: '999999' }, { 'x-meridian-forwarded-by': apSoutheast });
    expect((await find(randomUUID(), token)).status).toBe(503);
    expect(performance.now() - startedMs).toBeLessThan(WAIT_MS);
    expect(asked).toEqual([]);
  });

  it('is not waited for when only what this region has is asked for', async () => {
    const id = (await user.call('POST', '/users', someone())).body.id;
    const token = withToken({ [`user/${usEast}`]: '999999', 'user/eu-west': '999999' });
    const read = await find(id, { ...token, 'x-meridian-consistency': 'eventual' });
    expect([read.status, read.headers['x-meridian-consistency']]).toEqual([200, 'eventual']);
    const own = await find(id, withToken({ 'user/eu-west': '1', 'order/mars': '999999' }));
    expect([own.status, own.headers['x-meridian-consistency']]).toEqual([200, 'session']);
  });

  it('waits for what the author of a row had seen, when that is of the same key', async () => {
    const id = randomUUID();
    const [first, second] = [nextTransaction(), nextTransaction()];
    // A change made in ap-southeast by one who had seen the registration in us-east arrives before it.
    const deps = encodeToken({ [`user/${usEast}`]: first });
    await arrives(id, { name: 'Bo' }, { origin: apSoutheast, transaction: second, deps });
    const rows = () => user.database.pool.query('SELECT FROM users WHERE id = $1', [id]);
    await eventually(async () => expect((await rows()).rowCount).toBe(1), { withinMs: 10_000 });
    expect((await find(id)).status).toBe(404);
    const read = find(id, { 'x-meridian-consistency': 'session' });
    await registered(id, { transaction: first, aheadMs: -5_000 });
    expect((await read).body).toMatchObject({ name: 'Bo', country: 'GB' });
  });

  it.each([
    ['a token that is none', { 'x-meridian-token': '!' }, '/headers/x-meridian-token'],
    ['a token of no region', withToken({ 'user/mars': '1' }), '/headers/x-meridian-token'],
    ['a level that is none', { 'x-meridian-consistency': 'perfect' }, '/headers/x-meridian-consistency'],
  ])('is refused with %s', async (_what, headers, pointer) => {
    const { status, body } = await find(randomUUID(), headers);
    expect([status, body.type]).toEqual([400, 'urn:meridian:problem:invalid-request']);
    expect(body.errors).toMatchObject([{ pointer }]);
  });
});

describe('a write in a session', () => {
  it('is made on what its author had seen: it is the later one', async () => {
    const id = randomUUID();
    await registered(id);
    await known(id);
    const number = nextTransaction();
    const patch = user.call('PATCH', `/users/${id}`, { name: 'Mine' }, withToken({ [`user/${usEast}`]: number }));
    // Of a region whose clock is ahead of this one: made at once, the write here would have lost against it.
    await arrives(id, { name: 'Theirs' }, { transaction: number, aheadMs: 400 });
    expect((await patch).body.name).toBe('Mine');
    await user.heartbeat({ topic: TOPICS.users, origin: usEast, horizon: after(nextTransaction()) });
    // Whatever of that region came before the heartbeat is joined by now.
    const seen = withToken({ [`user/${usEast}`]: String(transaction) });
    expect((await find(id, seen)).body.name).toBe('Mine');
  });

  it('is made by another region when that has what is missing here, and its body goes along', async () => {
    const id = randomUUID();
    answers = () => ({ status: 200, body: { id, name: 'Mine' } });
    const token = withToken({ [`user/${usEast}`]: '999999' });
    expect((await user.call('PATCH', `/users/${id}`, { name: 'Mine' }, token)).status).toBe(200);
    expect(asked).toMatchObject([{ region: usEast, method: 'PATCH', body: '{"name":"Mine"}' }]);
  });

  it('of which the other region gave no answer is not made a second time elsewhere, and that is said', async () => {
    const token = withToken({ [`user/${usEast}`]: '999999' });
    const { status, body } = await user.call('PATCH', `/users/${randomUUID()}`, { name: 'Mine' }, token);
    expect([status, body.type]).toEqual([502, 'urn:meridian:problem:upstream-error']);
    expect(body.detail).toContain('not known whether');
    expect(asked.map(({ region }) => region)).toEqual([usEast]);
  });
});

describe('a record that went to the dead letters', () => {
  it('holds the sessions that saw it until it is replayed, and no other partition', async () => {
    const [id, other] = [idIn(2), idIn(3)];
    await Promise.all([registered(id), registered(other)]);
    await Promise.all([known(id), known(other)]);
    const poison = nextTransaction();
    await arrives(id, { name: 'Too early' }, { transaction: poison, aheadMs: 6_000 });
    await arrives(id, { country: 'IE' });
    const letters = async () => (await user.call('GET', '/dead-letters')).body.items as { id: string; topic: string }[];
    await eventually(
      async () => expect(await letters()).toMatchObject([{ topic: remoteTopic(usEast, TOPICS.users) }]),
      {
        withinMs: 15_000,
      },
    );
    await eventually(async () => expect((await find(id)).body.country).toBe('IE'), { withinMs: 10_000 });
    await user.heartbeat({ topic: TOPICS.users, origin: usEast, horizon: nextTransaction() });
    const token = withToken({ [`user/${usEast}`]: poison });
    await eventually(async () => expect((await find(other, token)).status).toBe(200), { withinMs: 10_000 });
    expect((await find(id, token)).status).toBe(503);

    // By now this region's clock has come near enough.
    const [letter] = await letters();
    await eventually(
      async () => {
        const replay = await user.call('POST', '/dead-letters/replay', { ids: [letter?.id] });
        expect(replay.body.results).toMatchObject([{ outcome: 'replayed' }]);
      },
      { withinMs: 15_000, everyMs: 250 },
    );
    await eventually(
      async () => {
        const read = await find(id, token);
        expect([read.status, read.body.name]).toEqual([200, 'Too early']);
      },
      { withinMs: 5_000 },
    );
  }, 60_000);
});

describe('what asks for strong', () => {
  const strong = { 'x-meridian-consistency': 'strong' };

  it('is served here when the user was registered here', async () => {
    const { id } = (await user.call('POST', '/users', someone(), strong)).body;
    const read = await find(id, strong);
    expect([read.status, read.headers['x-meridian-consistency']]).toEqual([200, 'strong']);
    expect((await user.call('PATCH', `/users/${id}`, { name: 'Bo' }, strong)).status).toBe(200);
    expect(asked).toEqual([]);
  });

  it('goes to the home region at once when that is another one, reads and writes alike', async () => {
    const id = randomUUID();
    await registered(id, { origin: apSoutheast });
    await known(id);
    answers = () => ({ status: 200, headers: { 'x-meridian-consistency': 'strong' }, body: { id } });
    expect((await find(id, strong)).headers['x-meridian-consistency']).toBe('strong');
    expect((await user.call('PATCH', `/users/${id}`, { name: 'Bo' }, strong)).status).toBe(200);
    expect(asked.map(({ region, method }) => `${method} ${region}`)).toEqual([
      `GET ${apSoutheast}`,
      `PATCH ${apSoutheast}`,
    ]);
  });

  it('is refused when the home region cannot be reached, or is not known', async () => {
    const id = randomUUID();
    await registered(id, { origin: apSoutheast });
    await known(id);
    const away = await find(id, strong);
    expect([away.status, away.body.type]).toEqual([503, 'urn:meridian:problem:consistency-unavailable']);
    expect(away.body.detail).toContain(apSoutheast);
    expect((await find(randomUUID(), strong)).status).toBe(503);
  });
});
