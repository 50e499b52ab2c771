import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Address } from '@meridian/regions';
import { eventually } from '@meridian/testing';
import { expect, test } from 'vitest';
import { type LinkEffect, NO_EFFECT } from './faults/fault.ts';
import { connectTo, echo, pingMs, startLink, startTarget } from './link.fixture.ts';

const BLACK_HOLE: LinkEffect = { blockedThere: true, blockedBack: true, reset: false };
const RESET: LinkEffect = { ...NO_EFFECT, reset: true };
/** Long against every delay here: what has not crossed by then does not cross. */
const WHILE_MS = 150;

const collect = (socket: Socket) => {
  const seen = { text: '' };
  socket.on('data', (bytes: Buffer) => {
    seen.text += bytes;
  });
  return seen;
};

/** The reset may already meet the opening, or only what comes after it. */
async function refused(address: Address): Promise<void> {
  const socket = connect(address);
  socket.on('error', () => {});
  socket.on('connect', () => socket.write('again'));
  await new Promise((resolve) => socket.on('close', resolve));
}

test('a black hole lets not one byte through and tells nobody; healed, everything arrives once and in order', async () => {
  const target = await startTarget({ onConnection: echo });
  const link = await startLink(target.address, { delayMs: 10 });
  const socket = await connectTo(link.wanLink.listen);
  await pingMs(socket, 'a');
  const answers = collect(socket);

  socket.write('b');
  link.apply(BLACK_HOLE);
  for (const letter of 'cdefgh') socket.write(letter);
  let closed = false;
  socket.on('close', () => {
    closed = true;
  });
  await pause(WHILE_MS);
  expect(target.received().toString()).toBe('a');
  expect([link.there.crossedBytes, link.back.crossedBytes]).toEqual([1, 1]);
  expect(link.heldBytes).toBe(7);
  expect(closed).toBe(false);

  const healedAtMs = performance.now();
  link.apply(NO_EFFECT);
  await eventually(() => expect(answers.text).toBe('bcdefgh'), { withinMs: 1_000, everyMs: 1 });
  expect(performance.now() - healedAtMs).toBeGreaterThanOrEqual(20);
  expect(target.received().toString()).toBe('abcdefgh');
  expect([link.there.crossedBytes, link.back.crossedBytes]).toEqual([8, 8]);
});

test('a black hole on a link without delay holds as well', async () => {
  const target = await startTarget({ onConnection: echo });
  const link = await startLink(target.address);
  const socket = await connectTo(link.wanLink.listen);
  await pingMs(socket, 'a');
  link.apply(BLACK_HOLE);
  socket.write('b');
  target.connections[0]?.write('x');
  await pause(WHILE_MS);
  expect([target.receivedBytes(), link.there.crossedBytes, link.back.crossedBytes]).toEqual([1, 1, 1]);
  const answers = collect(socket);
  link.apply(NO_EFFECT);
  await eventually(() => expect(answers.text).toBe('xb'), { withinMs: 1_000 });
});

test('a black hole holds no more than the window, however much is sent into it', async () => {
  const target = await startTarget();
  const link = await startLink(target.address);
  const socket = await connectTo(link.wanLink.listen);
  socket.write('a');
  await eventually(() => expect(target.receivedBytes()).toBe(1), { withinMs: 1_000 });
  link.apply(BLACK_HOLE);
  const sentBytes = 64 * 1024 * 1024;
  socket.write(Buffer.alloc(sentBytes));
  await pause(WHILE_MS);
  expect(link.heldBytes).toBeGreaterThan(0);
  expect(link.heldBytes).toBeLessThanOrEqual(256 * 1024 + 64 * 1024);
  link.apply(NO_EFFECT);
  await eventually(() => expect(target.receivedBytes()).toBe(sentBytes + 1), { withinMs: 10_000 });
});

test('a connection opened into a black hole is set up once it is healed', async () => {
  const target = await startTarget({ onConnection: echo });
  const link = await startLink(target.address, { delayMs: 5 });
  link.apply(BLACK_HOLE);
  const socket = await connectTo(link.wanLink.listen);
  const answers = collect(socket);
  socket.write('hello');
  await pause(WHILE_MS);
  expect(target.connections).toHaveLength(0);
  link.apply(NO_EFFECT);
  await eventually(() => expect(answers.text).toBe('hello'), { withinMs: 1_000 });
});

test('a client that gave up on a connection it could not open leaves nothing to be delivered later', async () => {
  const target = await startTarget();
  const link = await startLink(target.address, { delayMs: 5 });
  link.apply(BLACK_HOLE);
  const socket = await connectTo(link.wanLink.listen);
  socket.end('POST /orders');
  await eventually(() => expect(link.connections).toBe(0), { withinMs: 1_000 });
  link.apply(NO_EFFECT);
  await pause(WHILE_MS);
  expect(target.connections).toHaveLength(0);
});

test('a client that closes an established connection into a black hole: what it had sent is delivered after healing', async () => {
  const target = await startTarget();
  const link = await startLink(target.address, { delayMs: 5 });
  const socket = await connectTo(link.wanLink.listen);
  socket.write('1');
  await eventually(() => expect(target.receivedBytes()).toBe(1), { withinMs: 1_000 });
  link.apply(BLACK_HOLE);
  socket.end('2');
  await pause(WHILE_MS);
  expect(target.receivedBytes()).toBe(1);
  link.apply(NO_EFFECT);
  const [connection] = target.connections;
  if (connection) await once(connection, 'end');
  expect(target.received().toString()).toBe('12');
});

test('one way blocked: requests do not arrive, while what the other side sends still does', async () => {
  const target = await startTarget();
  const link = await startLink(target.address, { delayMs: 5 });
  const socket = await connectTo(link.wanLink.listen);
  const answers = collect(socket);
  socket.write('1');
  await eventually(() => expect(target.receivedBytes()).toBe(1), { withinMs: 1_000 });
  link.apply({ ...NO_EFFECT, blockedThere: true });
  socket.write('2');
  target.connections[0]?.write('news');
  await eventually(() => expect(answers.text).toBe('news'), { withinMs: 1_000 });
  expect(target.receivedBytes()).toBe(1);
  link.apply(NO_EFFECT);
  await eventually(() => expect(target.received().toString()).toBe('12'), { withinMs: 1_000 });
});

test('one way blocked, the way back: the request arrives and its answer does not', async () => {
  const target = await startTarget({ onConnection: echo });
  const link = await startLink(target.address, { delayMs: 5 });
  const socket = await connectTo(link.wanLink.listen);
  await pingMs(socket, '1');
  const answers = collect(socket);
  link.apply({ ...NO_EFFECT, blockedBack: true });
  socket.write('2');
  await eventually(() => expect(target.received().toString()).toBe('12'), { withinMs: 1_000 });
  await pause(WHILE_MS);
  expect(answers.text).toBe('');
  link.apply(NO_EFFECT);
  await eventually(() => expect(answers.text).toBe('2'), { withinMs: 1_000 });
});

test('a reset breaks existing connections at both ends, and new ones until it is healed', async () => {
  const target = await startTarget({ onConnection: echo });
  const link = await startLink(target.address, { delayMs: 5 });
  const socket = await connectTo(link.wanLink.listen);
  await pingMs(socket);
  const ends = [once(socket, 'error'), once(target.connections[0] as Socket, 'error')];
  link.apply(RESET);
  for (const [error] of (await Promise.all(ends)) as [NodeJS.ErrnoException][]) expect(error.code).toBe('ECONNRESET');

  await refused(link.wanLink.listen);
  expect(target.connections).toHaveLength(1);
  await eventually(() => expect(link.connections).toBe(0), { withinMs: 1_000 });

  link.apply(NO_EFFECT);
  await pingMs(await connectTo(link.wanLink.listen));
});

test('a server that resets is seen as a reset by the client, after what it sent before', async () => {
  const target = await startTarget({
    onConnection: (socket) => void socket.on('data', () => socket.write('last words', () => socket.resetAndDestroy())),
  });
  const link = await startLink(target.address, { delayMs: 10 });
  const socket = await connectTo(link.wanLink.listen);
  const answers = collect(socket);
  socket.write('hello');
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNRESET');
  // The reset may overtake the bytes on the last hop, as TCP allows; it must not invent any.
  expect(['', 'last words']).toContain(answers.text);
  await eventually(() => expect(link.connections).toBe(0), { withinMs: 1_000 });
});

test('a client that resets is seen as a reset by the server', async () => {
  const target = await startTarget({ onConnection: echo });
  const link = await startLink(target.address, { delayMs: 10 });
  const socket = await connectTo(link.wanLink.listen);
  await pingMs(socket);
  const failed = once(target.connections[0] as Socket, 'error');
  socket.resetAndDestroy();
  const [error] = (await failed) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNRESET');
  await eventually(() => expect(link.connections).toBe(0), { withinMs: 1_000 });
});
