import { localAddresses } from '@meridian/regions';
import { eventually } from '@meridian/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { createControlApi } from './control-api.ts';
import { realTopology } from './real-topology.fixture.ts';
import { Wan } from './wan.ts';

const topology = realTopology();
const { links } = localAddresses(topology);
const KAFKA = 'eu-west->us-east/kafka';
const BETWEEN = links.filter(({ from, to }) => [from, to].sort().join() === 'eu-west,us-east');

interface State {
  id: string;
  fault: string | null;
  blocked: { there: boolean; back: boolean };
  delayMs: number;
}

let api: ReturnType<typeof createControlApi>;
beforeEach(() => {
  // The links do not listen here: what the API says and does to them needs no socket.
  api = createControlApi({ wan: new Wan({ topology, links, profile: 'aws-2022' }) });
});

const ask = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: unknown) => {
  const answer = await api.inject({ method, url, ...(payload === undefined ? {} : { payload: payload as object }) });
  return { status: answer.statusCode, type: String(answer.headers['content-type']), body: answer.json() };
};
const states = async () => (await ask('GET', '/links')).body as State[];
const faulty = async () => (await states()).filter((l) => l.fault !== null).map((l) => l.id);

test('GET /links shows every link of the topology as it is now', async () => {
  const all = await states();
  expect(all).toHaveLength(links.length);
  expect(all.find((l) => l.id === KAFKA)).toEqual({
    id: KAFKA,
    from: 'eu-west',
    to: 'us-east',
    purpose: 'replication',
    delayMs: 42.45,
    jitterMs: 0.5,
    bandwidthMbps: 1000,
    fault: null,
    blocked: { there: false, back: false },
    bytesIn: 0,
    bytesOut: 0,
    connections: 0,
    heldBytes: 0,
  });
});

test('a partition is put on, listed, seen on its links and healed by its pair', async () => {
  const added = await ask('POST', '/faults', { kind: 'partition', regions: ['us-east', 'eu-west'] });
  expect(added).toMatchObject({ status: 201, body: { id: 'fault-1', kind: 'partition', oneWay: false } });
  expect((await ask('GET', '/faults')).body).toEqual([added.body]);
  expect(await faulty()).toEqual(BETWEEN.map((l) => l.id));
  expect((await ask('DELETE', '/faults?between=eu-west,us-east')).body).toEqual({ healed: [added.body] });
  expect(await faulty()).toEqual([]);
});

test('a one-way partition shows which way is blocked', async () => {
  await ask('POST', '/faults', { kind: 'partition', regions: ['us-east', 'eu-west'], oneWay: true });
  const blocked = Object.fromEntries((await states()).filter((l) => l.fault).map((l) => [l.id, l.blocked]));
  const told = BETWEEN.map(({ id, from }) => [id, { there: from === 'us-east', back: from === 'eu-west' }]);
  expect(blocked).toEqual(Object.fromEntries(told));
});

test('faults are healed by id, by isolated region, or all at once', async () => {
  await ask('POST', '/faults', { kind: 'isolate', region: 'us-east' });
  await ask('POST', '/faults', { kind: 'isolate', region: 'eu-west' });
  const reset = await ask('POST', '/faults', { kind: 'reset', links: [KAFKA] });
  expect((await states()).find((l) => l.id === KAFKA)?.fault).toBe('reset');
  await ask('DELETE', `/faults/${reset.body.id}`);
  expect((await states()).find((l) => l.id === KAFKA)?.fault).toBe('black-hole');
  await ask('DELETE', '/faults?region=us-east');
  expect((await faulty()).every((id) => id.includes('eu-west'))).toBe(true);
  expect((await ask('DELETE', '/faults')).body.healed).toHaveLength(1);
  expect(await faulty()).toEqual([]);
});

test('a flap shows as a fault that comes and goes', async () => {
  await ask('POST', '/faults', { kind: 'flap', regions: ['us-east', 'eu-west'], upMs: 40, downMs: 40 });
  for (const count of [BETWEEN.length, 0, BETWEEN.length])
    await eventually(async () => expect(await faulty()).toHaveLength(count), { withinMs: 1_000, everyMs: 3 });
  await ask('DELETE', '/faults');
});

test('the delay is set between two regions, in both directions, or on one link', async () => {
  expect((await ask('PUT', '/delay', { between: ['us-east', 'eu-west'], delayMs: 300 })).body).toHaveLength(
    BETWEEN.length,
  );
  expect((await ask('PUT', '/delay', { link: 'edge->us-east/order', delayMs: 1.5 })).body).toHaveLength(1);
  const changed = (await states()).filter((l) => l.delayMs === 300 || l.delayMs === 1.5).map((l) => l.id);
  expect(changed.sort()).toEqual([...BETWEEN.map((l) => l.id), 'edge->us-east/order'].sort());
});

test('the profile is set by name', async () => {
  expect((await ask('PUT', '/profile', { name: 'none' })).status).toBe(200);
  expect((await ask('GET', '/profile')).body).toEqual({ name: 'none', profiles: ['none', 'aws-2022', 'fibre-floor'] });
  expect((await states()).every((l) => l.delayMs === 0)).toBe(true);
});

test('the meters are there by link, by flow and by purpose', async () => {
  const { body } = await ask('GET', '/meters');
  expect(body.links).toHaveLength(links.length);
  expect(body.flows).toEqual([]);
  expect(body.byPurpose).toEqual({ replication: 0, call: 0, control: 0 });
});

test('a DELETE that names a media type for no body is taken', async () => {
  const headers = { 'content-type': 'application/json' };
  expect((await api.inject({ method: 'DELETE', url: '/faults', headers })).statusCode).toBe(200);
});

test('is live and ready', async () => {
  for (const path of ['/health/live', '/health/ready']) expect((await ask('GET', path)).status).toBe(200);
});

describe('refuses as problem+json and changes nothing:', () => {
  const pair = ['us-east', 'eu-west'];
  test.each<[string, 'POST' | 'PUT' | 'DELETE' | 'GET', string, unknown, number, string?]>([
    ['an unknown kind of fault', 'POST', '/faults', { kind: 'earthquake' }, 400, '/kind'],
    ['an unknown region', 'POST', '/faults', { kind: 'isolate', region: 'mars' }, 400, '/region'],
    [
      'a partition of one place',
      'POST',
      '/faults',
      { kind: 'partition', regions: ['us-east', 'us-east'] },
      400,
      '/regions',
    ],
    ['three regions', 'POST', '/faults', { kind: 'partition', regions: [...pair, 'ap-southeast'] }, 400, '/regions'],
    ['an unknown field', 'POST', '/faults', { kind: 'partition', regions: pair, oneway: true }, 400, ''],
    ['an unknown link', 'POST', '/faults', { kind: 'reset', links: [KAFKA, 'a->b/kafka'] }, 400, '/links/1'],
    ['no link', 'POST', '/faults', { kind: 'black-hole', links: [] }, 400, '/links'],
    ['a flap without a pause', 'POST', '/faults', { kind: 'flap', regions: pair, upMs: 0, downMs: 50 }, 400, '/upMs'],
    ['no body', 'POST', '/faults', undefined, 400, ''],
    ['malformed JSON', 'POST', '/faults', '{"kind":', 400],
    ['a negative delay', 'PUT', '/delay', { between: pair, delayMs: -1 }, 400, '/delayMs'],
    ['a delay that is text', 'PUT', '/delay', { between: pair, delayMs: '5' }, 400, '/delayMs'],
    ['a delay without a place', 'PUT', '/delay', { delayMs: 5 }, 400, ''],
    ['a delay on a pair and a link', 'PUT', '/delay', { between: pair, link: KAFKA, delayMs: 5 }, 400, ''],
    ['an unknown profile', 'PUT', '/profile', { name: 'constructor' }, 400, '/name'],
    ['healing one place', 'DELETE', '/faults?between=us-east', undefined, 400, '/between'],
    ['healing an unknown pair', 'DELETE', '/faults?between=us-east,mars', undefined, 400, '/between/1'],
    ['healing by a misspelt parameter', 'DELETE', '/faults?betwen=us-east,eu-west', undefined, 400, ''],
    ['healing a fault that is not there', 'DELETE', '/faults/fault-9', undefined, 404],
    ['an unknown path', 'GET', '/link', undefined, 404],
    ['a body of 100 KB', 'POST', '/faults', { kind: 'isolate', region: 'x'.repeat(100_000) }, 413],
  ])('%s', async (_name, method, url, payload, status, pointer) => {
    await ask('POST', '/faults', { kind: 'black-hole', links: ['edge->us-east/user'] });
    const before = await states();
    const text = typeof payload === 'string' ? { payload, headers: { 'content-type': 'application/json' } } : undefined;
    const answer = text
      ? await api.inject({ method, url, ...text })
      : await api.inject({ method, url, payload: payload as object });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    const body = answer.json();
    expect(body).toMatchObject({ status, type: expect.stringMatching(/^urn:meridian:problem:/), instance: url });
    if (pointer !== undefined) expect(body.errors[0].pointer).toBe(pointer);
    expect(await states()).toEqual(before);
    expect((await ask('GET', '/faults')).body).toHaveLength(1);
  });

  test('text that is no JSON, by its media type', async () => {
    const answer = await api.inject({
      method: 'POST',
      url: '/faults',
      payload: 'x',
      headers: { 'content-type': 'text/csv' },
    });
    expect(answer.statusCode).toBe(415);
    expect(answer.json().type).toBe('urn:meridian:problem:unsupported-media-type');
  });
});
