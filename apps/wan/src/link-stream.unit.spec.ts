import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { eventually } from '@meridian/testing';
import { expect, test } from 'vitest';
import { connectTo, echo, startLink, startTarget } from './link.fixture.ts';
import { windowBytes } from './link-settings.ts';

const MIB = 1024 * 1024;

test('a stream of 16 MiB comes back whole and in order under jitter and a bandwidth limit', async () => {
  const target = await startTarget({ onConnection: echo, reads: false });
  const link = await startLink(target.address, { delayMs: 3, jitterMs: 15, bandwidthMbps: 1000 });
  const socket = await connectTo(link.wanLink.listen);
  const sent = randomBytes(16 * MIB);
  // Sizes that share no factor with anybody's buffer, so that chunks are cut and joined on their way.
  for (let at = 0, size = 1; at < sent.length; at += size, size = (size * 7 + 13) % 90_001) {
    socket.write(sent.subarray(at, at + size));
  }
  socket.end();
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  expect(bytes).toBe(sent.length);
  expect(hash.digest('hex')).toBe(createHash('sha256').update(sent).digest('hex'));
  expect([link.there.crossedBytes, link.back.crossedBytes]).toEqual([sent.length, sent.length]);
});

test('a half-closed connection still carries the answer', async () => {
  const target = await startTarget({
    onConnection: (socket) => void socket.on('end', () => socket.end(`got ${target.receivedBytes()} bytes`)),
  });
  const link = await startLink(target.address, { delayMs: 10 });
  const socket = await connectTo(link.wanLink.listen);
  socket.end('a request');
  expect(await text(socket)).toBe('got 9 bytes');
  await eventually(() => expect(link.connections).toBe(0), { withinMs: 1_000 });
});

test.each([
  { delayMs: 0, bandwidthMbps: 0 },
  { delayMs: 20, bandwidthMbps: 1000 },
  { delayMs: 20, bandwidthMbps: 0 },
])(
  'a stalled receiver stops the sender: no more than the window is held ($delayMs ms, $bandwidthMbps Mbit/s)',
  async (s) => {
    const target = await startTarget({ reads: false, onConnection: (socket) => void socket.pause() });
    const link = await startLink(target.address, s);
    const socket = await connectTo(link.wanLink.listen);
    const chunk = Buffer.alloc(MIB);
    const total = 96;
    for (let i = 0; i < total; i++) socket.write(chunk);
    const acceptedBytes = () => total * MIB - socket.writableLength;

    const stalledAt = await eventually(
      async () => {
        const before = acceptedBytes();
        await once(AbortSignal.timeout(150), 'abort');
        expect(before).toBeGreaterThan(0);
        expect(acceptedBytes()).toBe(before);
        return before;
      },
      { withinMs: 8_000 },
    );
    const readBytes = 64 * 1024;
    expect(link.heldBytes).toBeLessThanOrEqual(windowBytes(link.settings) + readBytes);
    // What was taken from the sender beyond that stands in the kernel's socket buffers.
    expect(stalledAt).toBeLessThan(48 * MIB);

    target.connections[0]?.on('data', () => {});
    target.connections[0]?.resume();
    await eventually(() => expect(link.there.crossedBytes).toBe(total * MIB), { withinMs: 20_000 });
  },
);

test('the bandwidth of a link is shared by its connections and kept', async () => {
  const target = await startTarget();
  const link = await startLink(target.address, { bandwidthMbps: 80 });
  const sockets = [await connectTo(link.wanLink.listen), await connectTo(link.wanLink.listen)];
  const startedAtMs = performance.now();
  for (const socket of sockets) socket.write(Buffer.alloc(MIB));
  await eventually(() => expect(target.receivedBytes()).toBe(2 * MIB), { withinMs: 3_000, everyMs: 5 });
  const tookMs = performance.now() - startedAtMs;
  expect(tookMs).toBeGreaterThan(200);
  expect(tookMs).toBeLessThan(400);
});
