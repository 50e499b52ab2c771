import { describe, expect, it } from 'vitest';
import type { CopyStatus } from '../engine/replication-engine.ts';
import { createServer, type ServerParts } from './create-server.ts';

const copying: CopyStatus = {
  targetConnected: true,
  originConnected: true,
  topics: ['orders.v1'],
  behind: 3,
  copiedRecords: 12,
  copiedBytes: 345,
  lastCopiedAt: new Date('2026-11-24T12:00:00Z'),
  failing: null,
};
const cutOff: CopyStatus = {
  ...copying,
  originConnected: false,
  behind: null,
  lastCopiedAt: null,
  failing: 'connect ECONNREFUSED',
};

interface Asked {
  draining?: boolean;
  method?: string;
  payload?: object;
  translateOffsets?: ServerParts['translateOffsets'];
}
const nothingAsked = () => Promise.reject(new Error('nothing was to be translated'));

async function ask(
  url: string,
  statuses: Record<string, CopyStatus>,
  { draining = false, method = 'GET', payload, translateOffsets = nothingAsked }: Asked = {},
) {
  const copies = new Map(Object.entries(statuses).map(([origin, status]) => [origin, { status: () => status }]));
  const app = createServer({
    ...{ region: 'us-east', engine: 'kafkajs', copies, isDraining: () => draining },
    translateOffsets,
  });
  const answer = await app.inject({ method: method as 'GET', url, ...(payload ? { payload } : {}) });
  return {
    status: answer.statusCode,
    type: String(answer.headers['content-type']).split(';')[0],
    retryAfter: answer.headers['retry-after'],
    body: answer.json(),
  };
}

it('is live', async () => expect(await ask('/health/live', {})).toMatchObject({ status: 200 }));

it('is ready while its own cluster takes records, whatever other regions do', async () => {
  const answer = await ask('/health/ready', { 'eu-west': cutOff, 'ap-southeast': cutOff });
  expect(answer).toMatchObject({ status: 200, body: { status: 'ready' } });
});

it('is not ready without its own cluster, and says so', async () => {
  const answer = await ask('/health/ready', {
    'eu-west': copying,
    'ap-southeast': { ...copying, targetConnected: false },
  });
  expect(answer).toMatchObject({
    status: 503,
    type: 'application/problem+json',
    retryAfter: '1',
    body: { type: 'urn:meridian:problem:service-unavailable', detail: 'Waiting for kafka (not connected).' },
  });
});

it('is not ready once it is told to go', async () => {
  const answer = await ask('/health/ready', { 'eu-west': copying }, { draining: true });
  expect(answer).toMatchObject({ status: 503, body: { detail: 'Waiting for nothing, it is draining.' } });
});

it('tells of each origin how far behind its copy is, and of one that is cut off that nobody knows', async () => {
  const { status, body } = await ask('/lag', { 'eu-west': copying, 'ap-southeast': cutOff });
  expect(status).toBe(200);
  expect(body).toEqual({
    region: 'us-east',
    engine: 'kafkajs',
    byOrigin: {
      'eu-west': {
        behind: 3,
        connected: true,
        topics: ['orders.v1'],
        copiedRecords: 12,
        copiedBytes: 345,
        lastCopiedAt: '2026-11-24T12:00:00.000Z',
        failing: null,
      },
      'ap-southeast': {
        behind: null,
        connected: false,
        topics: ['orders.v1'],
        copiedRecords: 12,
        copiedBytes: 345,
        lastCopiedAt: null,
        failing: 'connect ECONNREFUSED',
      },
    },
  });
});

it.each([
  ['GET', '/', 404, 'not-found'],
  ['POST', '/lag', 404, 'not-found'],
  ['GET', '/%', 400, 'malformed-request'],
])('answers %s %s with a problem', async (method, url, status, name) => {
  const answer = await ask(url, {}, { method });
  expect(answer).toMatchObject({
    status,
    type: 'application/problem+json',
    body: { type: `urn:meridian:problem:${name}`, instance: url },
  });
});

describe('asked to translate the offsets of a group', () => {
  const translate = (payload: object, translateOffsets?: ServerParts['translateOffsets']) =>
    ask(
      '/offsets/translate',
      { 'eu-west': copying },
      { method: 'POST', payload, ...(translateOffsets ? { translateOffsets } : {}) },
    );
  const reports = { group: 'reports', from: 'eu-west' };

  it('passes on what is asked, and commits nothing unless it is told to', async () => {
    const asked: unknown[] = [];
    await translate(reports, async (request) => {
      asked.push(request);
      return { ok: false, problem: 'not-found', detail: '' };
    });
    expect(asked).toEqual([{ ...reports, apply: false }]);
  });

  it('says what is wrong with a request', async () =>
    expect(await translate({ ...reports, group: '', apply: 'yes' })).toMatchObject({
      status: 400,
      body: {
        type: 'urn:meridian:problem:invalid-request',
        detail: expect.stringMatching(/^\/group: .*; \/apply: .*\.$/),
      },
    }));

  it('knows only regions that it copies from', async () =>
    expect(await translate({ ...reports, from: 'mars' })).toMatchObject({
      status: 404,
      body: { detail: 'Nothing is copied here from "mars".' },
    }));

  it('says why it could not', async () => {
    const refused = async () =>
      ({ ok: false, problem: 'consumer-group-has-members', detail: 'It has a member.' }) as const;
    expect(await translate(reports, refused)).toMatchObject({ status: 409, body: { detail: 'It has a member.' } });
    expect(await translate(reports, () => Promise.reject(new Error('it is away')))).toMatchObject({
      status: 503,
      body: { detail: 'Nothing was translated: it is away.' },
    });
  });
});
