import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunningEdge, startEdge } from '../testing/start-edge.ts';

describe('what the edge lets through', () => {
  let running: RunningEdge;
  beforeAll(async () => {
    running = await startEdge();
  });
  beforeEach(() => {
    running.us.behaviour = 'serve';
    running.us.seen.length = 0;
  });
  afterAll(() => running.stop());

  const seen = () => running.us.seen.at(-1);

  it('keeps what an outsider may not say', async () => {
    await running.ask('/users/1', {
      headers: {
        baggage: `a=${'x'.repeat(8_000)}`,
        'cf-ipcountry': 'IE',
        forwarded: 'for=1.2.3.4',
        'x-forwarded-for': '1.2.3.4',
        'x-forwarded-host': 'evil',
        'x-meridian-epoch': '7',
        'x-meridian-region': 'eu-west',
        'x-meridian-token': 'mine',
        'x-region': 'eu-west',
      },
    });
    const names = Object.keys(seen()?.headers ?? {});
    expect(names.filter((name) => /baggage|forward|region|^cf-/.test(name))).toEqual([]);
    // The edge's own, that of the table it goes by.
    expect(seen()?.headers['x-meridian-epoch']).toBe('0');
    expect(seen()?.headers['x-meridian-token']).toBe('mine');
    expect(seen()?.headers.host).toBe(new URL(running.us.origin).host);
  });

  it('refuses a megabyte of baggage before reading it all', async () => {
    const answer = await raw(
      running.port,
      `GET /users HTTP/1.1\r\nhost: x\r\nbaggage: ${'a=1,'.repeat(250_000)}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 431 /);
    expect(answer).toContain('urn:meridian:problem:headers-too-large');
    expect(running.us.seen).toEqual([]);
  });

  it.each([
    'close, x-meridian-region, x-meridian-trace-id',
    'x-meridian-region',
    'keep-alive, x-meridian-region, traceparent, content-length, host',
  ])('says which region answered although the client names the header in Connection: %s', async (connection) => {
    const answer = await raw(
      running.port,
      `POST /users HTTP/1.1\r\nhost: x\r\nconnection: ${connection}\r\ncontent-length: 2\r\n\r\n{}`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(answer).toContain('x-meridian-region: us-east');
    expect(seen()).toMatchObject({ body: '{}' });
  });

  it('does not repeat a POST whose key the client names in Connection, as the key does not arrive', async () => {
    running.us.behaviour = { status: 503 };
    const answer = await raw(
      running.port,
      'POST /orders HTTP/1.1\r\nhost: x\r\nidempotency-key: k\r\nconnection: close, idempotency-key\r\ncontent-length: 2\r\n\r\n{}',
    );
    expect(answer).toMatch(/^HTTP\/1.1 503 /);
    expect(seen()?.headers).not.toHaveProperty('idempotency-key');
    expect([...running.eu.seen, ...running.ap.seen]).toEqual([]);
  });

  it('does not let a region speak for the edge, or for its connection', async () => {
    running.us.behaviour = (_request, response) => {
      response.writeHead(200, {
        connection: 'close, x-inner',
        'set-cookie': ['a=1', 'b=2'],
        'x-inner': '1',
        'x-meridian-region': 'mars',
        'x-meridian-retries': '9',
      });
      response.end('{}');
    };
    const { headers } = await running.ask('/users');
    expect(headers).toMatchObject({ 'x-meridian-region': 'us-east', 'set-cookie': ['a=1', 'b=2'] });
    expect(headers).not.toHaveProperty('x-inner');
    expect(headers).not.toHaveProperty('x-meridian-retries');
    expect(headers.connection).not.toBe('close');
  });

  it.each(['/reservations', '/digest', '/lag', '/outbox', '/health', '/metrics', '/Orders', '//orders', '/ordersx'])(
    'knows no %s',
    async (path) => {
      const answer = await running.ask(path);
      expect(answer.json).toMatchObject({ status: 404, type: 'urn:meridian:problem:not-found', instance: path });
      expect(running.us.seen).toEqual([]);
    },
  );

  it.each([
    'GET /orders/../reservations HTTP/1.1',
    'GET /orders/%2e%2e/digest HTTP/1.1',
    'GET http://169.254.169.254/orders HTTP/1.1',
    'GET /orders/%zz HTTP/1.1',
  ])('refuses the target of "%s"', async (line) => {
    const answer = await raw(running.port, `${line}\r\nhost: x\r\nconnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toContain('urn:meridian:problem:malformed-request');
    expect(running.us.seen).toEqual([]);
  });

  it.each([
    'TRACE /orders HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
    'PROPFIND /orders HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
  ])('does not pass on %j', async (text) => {
    expect(await raw(running.port, text)).toMatch(/^HTTP\/1.1 405 /);
    expect(running.us.seen).toEqual([]);
  });

  it('takes a body of exactly 1 MiB, in bytes and unread', async () => {
    const answer = await running.ask('/users', {
      method: 'POST',
      headers: { 'content-type': 'text/whatever' },
      body: 'x'.repeat(1024 * 1024),
    });
    expect(answer.json).toEqual({ region: 'us-east', length: 1024 * 1024 });
    expect(seen()?.headers['content-type']).toBe('text/whatever');
  });

  it('refuses a larger one, whether it says its length or not', async () => {
    const body = 'x'.repeat(1024 * 1024 + 1);
    const told = await running.ask('/users', { method: 'POST', headers: { 'content-type': 'a/b' }, body });
    expect(told.json).toMatchObject({ status: 413, type: 'urn:meridian:problem:payload-too-large' });
    const chunk = `${(2 * 1024 * 1024).toString(16)}\r\n${'x'.repeat(2 * 1024 * 1024)}\r\n0\r\n\r\n`;
    const untold = await raw(
      running.port,
      `POST /users HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n${chunk}`,
    );
    expect(untold).toMatch(/^HTTP\/1.1 413 /);
    expect(running.us.seen).toEqual([]);
  });

  it('leaves what a body means to the service, broken JSON too', async () => {
    await running.ask('/orders', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":' });
    expect(seen()?.body).toBe('{"a":');
  });

  it('answers what is no HTTP with a problem, and closes', async () => {
    expect(await raw(running.port, 'hello\r\n\r\n')).toMatch(
      /^HTTP\/1.1 400 [\s\S]*urn:meridian:problem:malformed-request/,
    );
  });

  it('does not wait for ever for a request that trickles in', async () => {
    const answer = await raw(running.port, 'POST /users HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc');
    expect(answer).toMatch(/^HTTP\/1.1 408 [\s\S]*urn:meridian:problem:request-timeout/);
    expect(running.us.seen).toEqual([]);
  });

  it('passes a large answer on whole, also to a client that reads slowly', async () => {
    running.us.behaviour = (_request, response) => response.end(Buffer.alloc(8 * 1024 * 1024, 'y'));
    const answer = await fetch(`http://127.0.0.1:${running.port}/users`);
    let bytes = 0;
    for await (const chunk of answer.body ?? []) {
      bytes += chunk.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(bytes).toBe(8 * 1024 * 1024);
  });
});

/** Sends bytes as they are and reads until the connection is closed. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.setTimeout(700, () => socket.destroy());
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    // A server that refuses early may reset what is still being sent.
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}
