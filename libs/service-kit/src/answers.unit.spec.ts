import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTinyService } from './tiny-service.fixture.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
let tiny: Awaited<ReturnType<typeof createTinyService>>;
beforeAll(async () => {
  tiny = await createTinyService();
});
afterAll(() => tiny.close());
beforeEach(() => {
  tiny.logged.length = 0;
});

const ask = async (request: InjectOptions) => {
  const headers = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01`, ...request.headers };
  const answer = await tiny.app.inject({ ...request, headers });
  return { status: answer.statusCode, headers: answer.headers, text: answer.body, body: JSON.parse(answer.body) };
};
const post = (payload: unknown, type = 'application/json') =>
  ask({
    method: 'POST',
    url: '/things?secret=1',
    headers: { 'content-type': type },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  });

describe('what a service does not answer', () => {
  it.each<[string, number, string, () => ReturnType<typeof ask>]>([
    ['malformed JSON', 400, 'malformed-request', () => post('{"name":')],
    ['no body', 400, 'malformed-request', () => post('')],
    ['a wrong type', 400, 'invalid-request', () => post({ name: 7 })],
    ['an unknown field', 400, 'invalid-request', () => post({ name: 'x', colour: 'red' })],
    ['a wrong parameter', 400, 'invalid-request', () => ask({ method: 'GET', url: '/things/7' })],
    ['a path that is no URL', 400, 'malformed-request', () => ask({ method: 'GET', url: '/things/%zz' })],
    ['an unknown path', 404, 'not-found', () => ask({ method: 'GET', url: '/nothing' })],
    ['a wrong method', 405, 'method-not-allowed', () => ask({ method: 'PUT', url: '/things/7' })],
    ['a body of 2 MB', 413, 'payload-too-large', () => post({ name: 'x'.repeat(2_000_000) })],
    ['XML', 415, 'unsupported-media-type', () => post('<thing/>', 'application/xml')],
    ['text', 415, 'unsupported-media-type', () => post('thing', 'text/plain')],
    ['what nobody foresaw', 500, 'internal-error', () => ask({ method: 'GET', url: '/broken' })],
    ['a database that is away', 503, 'service-unavailable', () => ask({ method: 'GET', url: '/away' })],
  ])('%s is a problem of its own kind: %i %s', async (_what, status, name, asked) => {
    const { headers, body, text } = await asked();
    expect(body).toMatchObject({ status, type: `urn:meridian:problem:${name}`, traceId: TRACE });
    expect(body.instance).toMatch(/^\/[^?]*$/);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(headers['x-meridian-region']).toBe('eu-west');
    expect(text).not.toMatch(/\.(ts|js):\d+|hunter2|and so is this|10\.0\.0\.7/);
  });

  it('says where what is wrong is, as JSON pointers', async () => {
    const { body } = await post({ name: 7, parts: [{ 'a/b': 1 }, { 'a/b': 1.5, 'c~d': 0 }] });
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual([
      '/name',
      '/parts/1/a~1b',
      '/parts/1/c~0d',
    ]);
    expect(body.errors).toContainEqual({ pointer: '/parts/1/c~0d', detail: 'This field is not known' });
  });

  it('says what is wrong in twenty places at most', async () => {
    const { body } = await post({ name: 'x', parts: Array.from({ length: 100 }, () => 0) });
    expect(body.errors).toHaveLength(20);
  });

  it('says which method would do', async () => {
    expect((await ask({ method: 'PUT', url: '/things/7' })).headers.allow).toBe('GET, HEAD');
    expect((await ask({ method: 'DELETE', url: '/things' })).headers.allow).toBe('POST');
  });

  it('says when to come again when the database is away', async () =>
    expect((await ask({ method: 'GET', url: '/away' })).headers['retry-after']).toBe('1'));
});

describe('the log', () => {
  it('has what the caller is not told of a fault of ours, and the trace to find it by', async () => {
    await ask({ method: 'GET', url: '/broken' });
    expect(tiny.logged).toHaveLength(1);
    const [line] = tiny.logged as [{ err: { message: string; stack: string } }];
    expect(line).toMatchObject({ traceId: TRACE, method: 'GET', route: '/broken', status: 500 });
    expect(line.err.message).toContain('hunter2');
    expect(line.err.stack).toContain('tiny-service.fixture');
  });

  it('has nothing of what the caller did wrong', async () => {
    await post({ name: 7 });
    await ask({ method: 'GET', url: '/nothing' });
    expect(tiny.logged).toEqual([]);
  });
});

describe('the routes', () => {
  it('are those of the service and of its health', () =>
    expect(tiny.routes.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      ...['GET /away', 'GET /broken', 'GET /health/live', 'GET /health/ready', 'GET /slow', 'GET /things/:id'],
      'POST /things',
    ]));
});
