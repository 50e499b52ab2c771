import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { freePort } from '@meridian/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createRegionClient, type RegionClient } from './region-client.ts';

const responseSchema = z.object({ orderId: z.string() });
const reserve = { method: 'POST', path: '/reservations', body: { orderId: 'o1' }, responseSchema } as const;

let server: Server | undefined;
let client: RegionClient | undefined;

afterEach(async () => {
  await client?.close();
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

async function serve(handler: (request: IncomingMessage, response: ServerResponse) => void, timeoutMs = 1_000) {
  server = createServer((request, response) => {
    request.resume();
    handler(request, response);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  client = createRegionClient({ baseUrl: `http://127.0.0.1:${port}`, region: 'eu-west', timeoutMs });
  return client;
}

const json = (response: ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

describe('a call', () => {
  it('gives the answer, checked against the schema', async () => {
    const to = await serve((_, response) => json(response, 200, { orderId: 'o1', more: true }));
    expect(await to.call(reserve)).toEqual({ ok: true, status: 200, body: { orderId: 'o1' } });
  });

  it('gives the problem that the other side refused with', async () => {
    const refusal = { type: 'urn:meridian:problem:unknown-sku', title: 'A line names …', status: 422, detail: 'X' };
    const to = await serve((_, response) => json(response, 422, refusal));
    expect(await to.call(reserve)).toEqual({ ok: false, problem: refusal });
  });

  it.each<[string, number, unknown]>([
    ['an error that is no problem', 500, 'oops'],
    ['an answer that does not fit the schema', 200, { id: 1 }],
    ['an answer that is no JSON object', 200, null],
  ])('tells %s as upstream-error', async (_what, status, body) => {
    const to = await serve((_, response) => json(response, status, body));
    expect(await to.call(reserve)).toMatchObject({
      ok: false,
      problem: { type: 'urn:meridian:problem:upstream-error', status: 502 },
    });
  });

  it('tells a service that is not there as service-unavailable, with the region', async () => {
    const port = await freePort();
    client = createRegionClient({ baseUrl: `http://127.0.0.1:${port}`, region: 'eu-west', timeoutMs: 1_000 });
    const answer = await client.call(reserve);
    expect(answer).toMatchObject({ ok: false, problem: { type: 'urn:meridian:problem:service-unavailable' } });
    expect(JSON.stringify(answer)).toContain('eu-west');
  });

  it.each([
    ['no answer', () => undefined],
    ['half an answer', (_: IncomingMessage, response: ServerResponse) => response.writeHead(200).write('{"order')],
  ])('ends within its time and tells %s as upstream-timeout', async (_what, handler) => {
    const to = await serve(handler, 150);
    const started = performance.now();
    expect(await to.call(reserve)).toMatchObject({
      ok: false,
      problem: { type: 'urn:meridian:problem:upstream-timeout', status: 504 },
    });
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('is sent again when its connection breaks, once, and only when it may be', async () => {
    let requests = 0;
    const breakFirst = (request: IncomingMessage, response: ServerResponse) => {
      requests += 1;
      if (requests === 1) request.socket.destroy();
      else json(response, 200, { orderId: 'o1' });
    };
    const to = await serve(breakFirst);
    expect(await to.call(reserve)).toMatchObject({ ok: false });
    expect(requests).toBe(1);
    requests = 0;
    expect(await to.call({ ...reserve, repeatable: true })).toMatchObject({ ok: true });
    expect(requests).toBe(2);
  });

  it('that was sent twice and refused says so, as the first may have taken effect', async () => {
    let requests = 0;
    const refusal = { type: 'urn:meridian:problem:region-not-writable', title: 'Not now', status: 503 };
    const to = await serve((request, response) => {
      requests += 1;
      if (requests === 1) request.socket.destroy();
      else json(response, 503, refusal);
    });
    const call = { ...reserve, repeatable: true };
    expect(await to.call(call)).toEqual({ ok: false, problem: refusal, sentTwice: true });
    expect(await to.call(call)).toEqual({ ok: false, problem: refusal });
  });

  it('carries along what its caller carries, and brings back what it is answered', async () => {
    let sent: unknown;
    server = createServer((request, response) => {
      sent = request.headers['x-meridian-token'];
      response.writeHead(409, { 'x-meridian-token': 'theirs', 'content-type': 'application/json' }).end('{}');
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const answered: unknown[] = [];
    const carry = {
      headers: () => ({ 'x-meridian-token': 'mine' }),
      answered: (headers: Readonly<Record<string, string | undefined>>) => answered.push(headers['x-meridian-token']),
    };
    client = createRegionClient({ baseUrl: `http://127.0.0.1:${port}`, region: 'eu-west', timeoutMs: 1_000, carry });
    expect(await client.call(reserve)).toMatchObject({ ok: false });
    expect([sent, answered]).toEqual(['mine', ['theirs']]);
  });
});
