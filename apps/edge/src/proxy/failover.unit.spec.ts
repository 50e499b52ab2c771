import { eventually } from '@meridian/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningEdge, startEdge } from '../testing/start-edge.ts';

const inDublin = { 'x-client-location': 'Dublin' };
const withKey = { ...inDublin, 'idempotency-key': 'k-1', 'content-type': 'application/json' };
const order = '{"customerId":"c"}';

describe('when the nearest region fails and nobody knows yet', () => {
  let running: RunningEdge;
  beforeEach(async () => {
    // Slow probes: what is tested here is the request's own way out.
    running = await startEdge({ probe: { intervalMs: 60_000, timeoutMs: 400 } });
  });
  afterEach(() => running.stop());

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])('repeats %s in the next region when refused', async (method) => {
    await running.eu.stop();
    const answer = await running.ask('/orders/1', { method, headers: inDublin });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'x-meridian-region': 'us-east', 'x-meridian-retries': '1' });
  });

  it('repeats it when the region takes the request and never answers', async () => {
    running.eu.behaviour = 'hang';
    const startedMs = performance.now();
    const answer = await running.ask('/orders/1', { headers: inDublin });
    expect(answer.json.region).toBe('us-east');
    expect(performance.now() - startedMs).toBeLessThan(400);
  });

  it('repeats it when the connection breaks', async () => {
    running.eu.behaviour = (request) => request.socket.destroy();
    expect((await running.ask('/orders/1', { headers: inDublin })).json.region).toBe('us-east');
  });

  it.each([502, 503, 504])('repeats it when the region answers %i', async (status) => {
    running.eu.behaviour = { status };
    expect((await running.ask('/orders/1', { headers: inDublin })).json.region).toBe('us-east');
  });

  it.each([200, 404, 409, 422, 429, 500])('passes on %i as it is', async (status) => {
    running.eu.behaviour = { status };
    const answer = await running.ask('/orders/1', { headers: inDublin });
    expect(answer).toMatchObject({ status, json: { region: 'eu-west' } });
    expect(answer.headers).not.toHaveProperty('x-meridian-retries');
  });

  it('repeats a POST with an Idempotency-Key, with its body', async () => {
    running.eu.behaviour = { status: 503 };
    const answer = await running.ask('/orders', { method: 'POST', headers: withKey, body: order });
    expect(answer.json.region).toBe('us-east');
    expect(running.us.seen[0]).toMatchObject({ method: 'POST', url: '/orders', body: order });
    expect(running.us.seen[0]?.headers).toMatchObject({ 'idempotency-key': 'k-1', 'content-type': 'application/json' });
  });

  it.each([
    ['GET', '/users/1', {}],
    ['POST', '/orders', { 'idempotency-key': 'k-1', 'content-type': 'application/json' }],
  ])('takes the session of a %s along to the next region, and brings its token back', async (method, path, more) => {
    const session = { 'x-meridian-token': 'mine', 'x-meridian-consistency': 'session' };
    const said = { 'x-meridian-token': 'joined', 'x-meridian-consistency': 'session', 'x-meridian-staleness-ms': '7' };
    running.eu.behaviour = { status: 503 };
    running.us.behaviour = (_, response) => response.writeHead(200, said).end();
    const body = method === 'POST' ? order : undefined;
    const answer = await running.ask(path, { method, headers: { ...inDublin, ...session, ...more }, body });
    expect(running.eu.seen[0]?.headers).toMatchObject(session);
    expect(running.us.seen[0]?.headers).toMatchObject(session);
    expect(answer.headers).toMatchObject({ ...said, 'x-meridian-region': 'us-east', 'x-meridian-retries': '1' });
  });

  it('names the region that served, when the one that was asked has let another one answer', async () => {
    running.eu.behaviour = (_, response) => response.writeHead(200, { 'x-meridian-region': 'ap-southeast' }).end();
    const answer = await running.ask('/users/1', { headers: inDublin });
    expect(answer.headers).toMatchObject({ 'x-meridian-region': 'ap-southeast' });
    expect(running.ap.seen).toEqual([]);
  });

  it.each([
    ['POST', '/orders', {}],
    ['POST', '/orders', { 'idempotency-key': '' }],
    ['PATCH', '/users/1', { 'idempotency-key': 'k-1' }],
    // A key protects only where a service keeps a promise about it.
    ['POST', '/products/KIT-00001/restock', { 'idempotency-key': 'k-1' }],
    ['POST', '/users', {}],
  ])('does not repeat %s %s with %j', async (method, path, headers) => {
    running.eu.behaviour = { status: 503 };
    const refused = await running.ask(path, { method, headers: { ...inDublin, ...headers }, body: order });
    expect(refused).toMatchObject({ status: 503, json: { region: 'eu-west' } });

    running.eu.behaviour = (request) => request.socket.destroy();
    const lost = await running.ask(path, { method, headers: { ...inDublin, ...headers }, body: order });
    expect(lost.json).toMatchObject({ status: 502, type: 'urn:meridian:problem:upstream-error' });
    expect(lost.json.detail).toContain('not known whether');
    expect(lost.json.detail.includes('Idempotency-Key')).toBe(path === '/orders' || path === '/users');
    expect(running.us.seen).toEqual([]);
  });

  it('gives a request that it will not repeat the long time to answer, then says so', async () => {
    running.eu.behaviour = 'hang';
    const startedMs = performance.now();
    const answer = await running.ask('/orders', { method: 'POST', headers: inDublin, body: order });
    expect(answer.json).toMatchObject({ status: 504, type: 'urn:meridian:problem:upstream-timeout' });
    expect(performance.now() - startedMs).toBeGreaterThan(550);
    expect(running.us.seen).toEqual([]);
  });

  it('tries two regions and no third', async () => {
    for (const region of [running.us, running.eu, running.ap]) region.behaviour = { status: 503 };
    const answer = await running.ask('/orders/1', { headers: inDublin });
    expect(answer.status).toBe(503);
    expect(answer.headers).toMatchObject({ 'x-meridian-region': 'us-east', 'x-meridian-retries': '1' });
    expect(running.ap.seen).toEqual([]);
  });

  it('says when to come back when no region can be reached', async () => {
    await Promise.all([running.eu.stop(), running.us.stop(), running.ap.stop()]);
    const answer = await running.ask('/orders/1', { headers: inDublin });
    expect(answer.json).toMatchObject({ status: 503, type: 'urn:meridian:problem:region-unavailable' });
    expect(answer.headers).toMatchObject({ 'retry-after': '1', 'x-meridian-retries': '1' });
    expect(answer.headers).not.toHaveProperty('x-meridian-region');
  });

  it('leaves a region out at once when three requests in a row got no answer', async () => {
    await running.eu.stop();
    for (let i = 0; i < 3; i++) await running.ask('/orders/1', { headers: inDublin });
    const answer = await running.ask('/orders/1', { headers: inDublin });
    expect(answer.json.region).toBe('us-east');
    expect(answer.headers).not.toHaveProperty('x-meridian-retries');
    const eu = (await running.status()).regions.find(({ region }) => region === 'eu-west');
    expect(eu?.services.find(({ service }) => service === 'order')).toMatchObject({
      healthy: false,
      why: '3 requests in a row: connection refused',
      noAnswers: 3,
    });
    expect(eu?.services.find(({ service }) => service === 'user')).toMatchObject({ healthy: true });
  });

  it('keeps a half answer from looking like a whole one, and does not repeat it', async () => {
    running.eu.behaviour = (request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write('half');
      setTimeout(() => request.socket.destroy(), 20);
    };
    await expect(running.ask('/orders/1', { headers: inDublin })).rejects.toThrow();
    expect(running.us.seen).toEqual([]);
  });

  it('lets a client that leaves count against no region, and drops its request there', async () => {
    let dropped = 0;
    running.us.behaviour = (request) => request.socket.once('close', () => dropped++);
    for (let i = 0; i < 5; i++)
      await expect(
        fetch(`http://127.0.0.1:${running.port}/orders/1`, { method: 'PATCH', signal: AbortSignal.timeout(60) }),
      ).rejects.toThrow();
    await eventually(() => expect(dropped).toBe(5), { withinMs: 1_000 });
    const us = (await running.status()).regions[0];
    expect(us).toMatchObject({ region: 'us-east', healthy: true });
    expect((await running.status()).inFlight).toBe(0);
  });
});

describe('when probes see it', () => {
  let running: RunningEdge;
  afterEach(() => running.stop());

  it('takes a dead region out before a request meets it, and gives it traffic again when it returns', async () => {
    running = await startEdge();
    await running.eu.stop();
    await running.seesHealthy(running.eu, false);
    const away = await running.ask('/orders/1', { headers: inDublin });
    expect(away.json.region).toBe('us-east');
    expect(away.headers).not.toHaveProperty('x-meridian-retries');

    await running.eu.start();
    await running.seesHealthy(running.eu, true);
    expect((await running.ask('/orders/1', { headers: inDublin })).json.region).toBe('eu-west');
  });

  it('takes a black-holed region out within two probes, and loses no request meanwhile', async () => {
    running = await startEdge();
    const startedMs = performance.now();
    running.eu.behaviour = 'hang';
    running.eu.probesHang = true;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => running.ask('/orders/1', { headers: inDublin })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    await running.seesHealthy(running.eu, false);
    expect(performance.now() - startedMs).toBeLessThan(1_000);

    running.eu.behaviour = 'serve';
    running.eu.probesHang = false;
    await running.seesHealthy(running.eu, true);
    expect((await running.ask('/orders/1', { headers: inDublin })).json.region).toBe('eu-west');
  });

  it('goes on using two of three regions when the probes of all are late and their answers are not', async () => {
    running = await startEdge({ probe: { intervalMs: 50, timeoutMs: 100 } });
    for (const region of [running.us, running.eu, running.ap]) region.probesHang = true;
    const orders = async () =>
      (await running.status()).regions.flatMap(({ services }) => services.filter(({ service }) => service === 'order'));
    const late = ({ why }: { why: string | null }) => why?.includes('no answer within 100 ms');
    await eventually(async () => expect((await orders()).filter(late)).toHaveLength(3), {
      withinMs: 3_000,
      everyMs: 10,
    });
    const used = (await orders()).filter(({ healthy }) => healthy);
    expect(used).toHaveLength(2);
    for (const { why } of used) expect(why).toContain('used all the same');
    expect((await running.ask('/orders/1', { headers: inDublin })).status).toBe(200);
  });

  it('does not let requests that wait in a full pool wait any longer than others', async () => {
    running = await startEdge({ upstream: { connections: 2, connectTimeoutMs: 200, silenceMs: 1_000 } });
    running.eu.behaviour = 'hang';
    running.eu.probesHang = true;
    const startedMs = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => running.ask('/orders/1', { headers: inDublin })),
    );
    expect(answers.every(({ json }) => json.region === 'us-east')).toBe(true);
    expect(performance.now() - startedMs).toBeLessThan(600);
  });

  it('bounds what it adds to a storm', async () => {
    running = await startEdge({
      retry: { ratio: 0.2, floorPerSecond: 1 },
      probe: { intervalMs: 60_000, timeoutMs: 400 },
    });
    for (const region of [running.us, running.eu, running.ap]) region.behaviour = { status: 503 };
    const answers = await Promise.all(
      Array.from({ length: 500 }, () => running.ask('/orders/1', { headers: inDublin })),
    );
    expect(answers.every(({ status }) => status === 503)).toBe(true);
    const { made, refused } = (await running.status()).retries;
    expect(made + refused).toBe(500);
    expect(made).toBeLessThanOrEqual(100);
    expect(running.eu.seen.length + running.us.seen.length).toBe(500 + made);
  });
});
