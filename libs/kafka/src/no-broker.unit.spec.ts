import { createServer, type Server } from 'node:net';
import { eventually } from '@meridian/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createKafka } from './connection.ts';

let server: Server;
let port: number;
let connections = 0;
beforeEach(async () => {
  connections = 0;
  server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as { port: number }).port;
});
afterEach(() => void server.close());

it('a peer that is no broker is tried again, and neither its answers nor closing end the process', async () => {
  const kafka = createKafka({ clientId: 'test', brokers: [`127.0.0.1:${port}`] });
  const consumer = await kafka.consumeUndecoded({ groupId: 'g', topics: ['t'], onBatches: async () => undefined });
  const producer = await kafka.undecodedProducer();
  await eventually(() => expect(connections).toBeGreaterThan(6), { withinMs: 5_000 });
  expect([consumer.health.connected, producer.connected]).toEqual([false, false]);
  await Promise.all([consumer.close(), producer.close()]);
});
