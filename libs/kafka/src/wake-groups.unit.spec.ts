import { createServer, type Server, type Socket } from 'node:net';
import { eventually } from '@meridian/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createKafka } from './connection.ts';

/** Takes connections, and never answers. */
let server: Server;
let open: Set<Socket>;
beforeEach(async () => {
  open = new Set();
  server = createServer((socket) => {
    open.add(socket);
    socket.resume();
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  for (const socket of open) socket.destroy();
  server.close();
});

it('waking the groups of a cluster that does not answer ends when the admin is closed', async () => {
  const { port } = server.address() as { port: number };
  const admin = createKafka({ clientId: 'test', brokers: [`127.0.0.1:${port}`] }).admin();
  const waking = admin.wakeGroups();
  await eventually(() => expect(open.size).toBe(1), { withinMs: 1_000, everyMs: 5 });
  await admin.close();
  await eventually(() => expect(open.size).toBe(0), { withinMs: 1_000, everyMs: 5 });
  await waking;
});
