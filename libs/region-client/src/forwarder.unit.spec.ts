import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { freePort } from '@meridian/testing';
import { afterEach, expect, it } from 'vitest';
import { createForwarder, type Forwarder } from './forwarder.ts';

let server: Server | undefined;
let forwarder: Forwarder | undefined;
afterEach(async () => {
  await forwarder?.close();
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function serve(handler: (request: IncomingMessage, response: ServerResponse, body: string) => void) {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    handler(request, response, body);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  forwarder = createForwarder({ baseUrl: `http://127.0.0.1:${port}`, region: 'us-east' });
  return forwarder;
}
const request = {
  method: 'PATCH',
  path: '/users/1?x=1',
  route: '/users/:id',
  headers: {},
  body: '{}',
  timeoutMs: 300.5,
};

it('an answer comes back as it is, a refusal likewise', async () => {
  const to = await serve((asked, response, body) =>
    response.writeHead(409, { 'x-own': '1' }).end(`${asked.method} ${asked.url} ${asked.headers['x-mine']} ${body}`),
  );
  const outcome = await to.forward({ ...request, headers: { 'x-mine': '2' } });
  expect(outcome).toMatchObject({ ok: true, status: 409, headers: { 'x-own': '1' } });
  expect(outcome.ok && String(outcome.body)).toBe('PATCH /users/1?x=1 2 {}');
});

it('a service that is not there was not reached: nothing was sent', async () => {
  forwarder = createForwarder({ baseUrl: `http://127.0.0.1:${await freePort()}`, region: 'us-east' });
  expect(await forwarder.forward(request)).toEqual({ ok: false, why: 'unreached' });
});

it('of a request whose connection breaks it is not known what became', async () => {
  const to = await serve((asked) => asked.socket.destroy());
  expect(await to.forward(request)).toEqual({ ok: false, why: 'lost' });
});

it('one that is not answered is given up in time', async () => {
  const to = await serve(() => undefined);
  const startedMs = performance.now();
  expect(await to.forward(request)).toEqual({ ok: false, why: 'timeout' });
  expect(performance.now() - startedMs).toBeLessThan(2_000);
});
