import { once } from 'node:events';
import { eventually, freePort } from '@meridian/testing';
import { expect, test } from 'vitest';
import { connectTo, echo, median, pingMs, startLink, startTarget } from './link.fixture.ts';

/** Half of the round trips of infra/topology.json: us-east ↔ eu-west and us-east ↔ ap-southeast. */
test.each([42.45, 118.3])(
  'adds %d ms each way: within 2 ms of the round trip at p50, and never less',
  async (delayMs) => {
    const target = await startTarget({ onConnection: echo });
    const link = await startLink(target.address, { delayMs });
    const socket = await connectTo(link.wanLink.listen);
    await pingMs(socket);
    const direct = await connectTo(target.address);
    const [withLink, without]: number[][] = [[], []];
    for (let i = 0; i < 7; i++) {
      withLink?.push(await pingMs(socket));
      without?.push(await pingMs(direct));
    }
    const addedMs = median(withLink ?? []) - median(without ?? []);
    expect(addedMs).toBeGreaterThanOrEqual(2 * delayMs - 0.5);
    expect(addedMs).toBeLessThanOrEqual(2 * delayMs + 2);
    expect(Math.min(...(withLink ?? []))).toBeGreaterThanOrEqual(2 * delayMs);
  },
);

test('jitter only adds: no answer is back before the round trip', async () => {
  const target = await startTarget({ onConnection: echo });
  const link = await startLink(target.address, { delayMs: 5, jitterMs: 20 });
  const socket = await connectTo(link.wanLink.listen);
  const tookMs: number[] = [];
  for (let i = 0; i < 20; i++) tookMs.push(await pingMs(socket));
  expect(Math.min(...tookMs)).toBeGreaterThanOrEqual(10);
  expect(Math.max(...tookMs)).toBeGreaterThan(15);
});

test('opening a connection costs a round trip of its own', async () => {
  const target = await startTarget({ onConnection: echo });
  const link = await startLink(target.address, { delayMs: 20 });
  const startedAtMs = performance.now();
  const socket = await connectTo(link.wanLink.listen);
  await pingMs(socket);
  expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(80);
});

test('a server that speaks first is heard after one round trip', async () => {
  const target = await startTarget({ onConnection: (socket) => void socket.write('hello') });
  const link = await startLink(target.address, { delayMs: 25 });
  const startedAtMs = performance.now();
  const socket = await connectTo(link.wanLink.listen);
  await once(socket, 'data');
  const tookMs = performance.now() - startedAtMs;
  expect(tookMs).toBeGreaterThanOrEqual(50);
  expect(tookMs).toBeLessThan(75);
});

test('a refused connection is reset after a round trip', async () => {
  const link = await startLink({ host: '127.0.0.1', port: await freePort() }, { delayMs: 20 });
  const startedAtMs = performance.now();
  const socket = await connectTo(link.wanLink.listen);
  socket.write('anyone there?');
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNRESET');
  expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(40);
  expect(link.there.crossedBytes).toBe(0);
});

test('a shorter delay holds from now on and overtakes nothing', async () => {
  const target = await startTarget({ onConnection: (socket) => void socket.write('hello') });
  const link = await startLink(target.address, { delayMs: 60 });
  const socket = await connectTo(link.wanLink.listen);
  await once(socket, 'data');
  socket.write('first ');
  // On its way: the connection is open, so what is held has left.
  await eventually(() => expect(link.heldBytes).toBe(6), { withinMs: 2_000, everyMs: 1 });
  link.configure({ ...link.settings, delayMs: 0 });
  socket.end('second');
  const [connection] = target.connections;
  if (connection) await once(connection, 'end');
  expect(target.received().toString()).toBe('first second');
});
