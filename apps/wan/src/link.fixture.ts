import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Address, WanLink } from '@meridian/regions';
import { freePort } from '@meridian/testing';
import { onTestFinished } from 'vitest';
import { Link } from './link.ts';
import type { LinkSettings } from './link-settings.ts';

/** A server that a link leads to. It counts what reaches it, and keeps its connections for the test to act on. */
export interface Target {
  address: Address;
  server: Server;
  connections: Socket[];
  received(): Buffer;
  receivedBytes(): number;
}

export interface TargetOptions {
  onConnection?: (socket: Socket) => void;
  /** Whether to read; a target that does not read is a stalled receiver. */
  reads?: boolean;
}

export async function startTarget({ onConnection, reads = true }: TargetOptions = {}): Promise<Target> {
  const connections: Socket[] = [];
  const chunks: Buffer[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    connections.push(socket);
    socket.on('error', () => {});
    if (reads) socket.on('data', (bytes: Buffer) => chunks.push(bytes));
    onConnection?.(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of connections) socket.destroy();
    server.close();
  });
  return {
    address: { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
    server,
    connections,
    received: () => Buffer.concat(chunks),
    receivedBytes: () => chunks.reduce((sum, c) => sum + c.length, 0),
  };
}

export const echo = (socket: Socket) => void socket.pipe(socket);

export const wanLinkTo = (upstream: Address, listen: Address, ends = { from: 'eu-west', to: 'us-east' }): WanLink => ({
  id: `${ends.from}->${ends.to}/kafka`,
  ...ends,
  target: 'kafka',
  purpose: 'replication',
  listen,
  upstream,
});

export async function startLink(upstream: Address, settings: Partial<LinkSettings> = {}): Promise<Link> {
  const listen = { host: '127.0.0.1', port: await freePort() };
  const link = new Link({
    wanLink: wanLinkTo(upstream, listen),
    settings: { delayMs: 0, jitterMs: 0, bandwidthMbps: 0, ...settings },
    nowMs: () => performance.now(),
    random: Math.random,
  });
  await link.listen();
  onTestFinished(() => link.close());
  return link;
}

export async function connectTo({ host, port }: Address): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Sends a few bytes to an echo and returns after how many ms they were back. */
export async function pingMs(socket: Socket, text = 'ping'): Promise<number> {
  const sentAtMs = performance.now();
  socket.write(text);
  for (let missing = text.length; missing > 0; ) {
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    missing -= bytes.length;
  }
  return performance.now() - sentAtMs;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
