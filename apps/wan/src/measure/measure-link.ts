import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { LinkSettings } from '../link-settings.ts';

const LINK_PROCESS = fileURLToPath(new URL(`./link-process${import.meta.url.slice(-3)}`, import.meta.url));
const NOTHING_ADDED: LinkSettings = { delayMs: 0, jitterMs: 0, bandwidthMbps: 0 };

export interface Throughput {
  megabytesPerSecond: number;
  /** CPU seconds, user and system, that the process of the link used. */
  linkCpuSeconds: number;
  /** What one core gives when it does nothing else: steadier than the rate where cores are shared. */
  megabytesPerCpuSecond: number;
}

/** Sends `megabytes` (of 10⁶ bytes) in 64 KiB writes over one connection of a link in a process of its own. */
export function measureThroughput(megabytes: number, settings = NOTHING_ADDED): Promise<Throughput> {
  const totalBytes = megabytes * 1e6;
  return withLinkProcess(
    settings,
    (socket) => socket.resume(),
    async (socket, cpuSeconds, accepted) => {
      const receiver = await accepted;
      const cpuBefore = await cpuSeconds();
      const startedAtMs = performance.now();
      const allReceived = new Promise<void>((resolve) => {
        let receivedBytes = 0;
        receiver.on('data', (bytes: Buffer) => {
          receivedBytes += bytes.length;
          if (receivedBytes >= totalBytes) resolve();
        });
      });
      const chunk = Buffer.alloc(64 * 1024, 'x');
      for (let sentBytes = 0; sentBytes < totalBytes; sentBytes += chunk.length)
        if (!socket.write(chunk.subarray(0, Math.min(chunk.length, totalBytes - sentBytes))))
          await once(socket, 'drain');
      await allReceived;
      const seconds = (performance.now() - startedAtMs) / 1000;
      const linkCpuSeconds = (await cpuSeconds()) - cpuBefore;
      return {
        megabytesPerSecond: megabytes / seconds,
        linkCpuSeconds,
        megabytesPerCpuSecond: megabytes / linkCpuSeconds,
      };
    },
  );
}

export interface AddedDelay {
  /** Round trips over the link, less the profile's, in milliseconds: what the emulator and two loopback hops add. */
  p50Ms: number;
  p99Ms: number;
  minMs: number;
}

/** Round trips of 64 bytes, `count` on each of `connections` at once. */
export async function measureDelay(
  settings: LinkSettings,
  { count, connections }: { count: number; connections: number },
): Promise<AddedDelay> {
  const excess = await withLinkProcess(
    settings,
    (socket) => socket.pipe(socket),
    async (first, _cpu, _accepted, open) => {
      const sockets = [first, ...(await Promise.all(Array.from({ length: connections - 1 }, open)))];
      const perConnection = await Promise.all(sockets.map((socket) => roundTripsMs(socket, count)));
      return perConnection.flat().map((ms) => ms - 2 * settings.delayMs);
    },
  );
  excess.sort((a, b) => a - b);
  const at = (share: number) => excess[Math.min(excess.length - 1, Math.floor(excess.length * share))] ?? Number.NaN;
  return { minMs: at(0), p50Ms: at(0.5), p99Ms: at(0.99) };
}

async function roundTripsMs(socket: Socket, count: number): Promise<number[]> {
  const message = Buffer.alloc(64, 'p');
  const tookMs: number[] = [];
  // The first one also waits for the connection to be set up.
  for (let i = 0; i <= count; i++) {
    const sentAtMs = performance.now();
    socket.write(message);
    for (let missing = message.length; missing > 0; ) missing -= ((await once(socket, 'data')) as [Buffer])[0].length;
    if (i > 0) tookMs.push(performance.now() - sentAtMs);
  }
  return tookMs;
}

type Measure<T> = (
  socket: Socket,
  cpuSeconds: () => Promise<number>,
  accepted: Promise<Socket>,
  open: () => Promise<Socket>,
) => Promise<T>;

async function withLinkProcess<T>(
  settings: LinkSettings,
  onConnection: (socket: Socket) => void,
  measure: Measure<T>,
): Promise<T> {
  const target = createServer({ noDelay: true, highWaterMark: 256 * 1024 }, onConnection);
  const accepted = new Promise<Socket>((resolve) => target.once('connection', resolve));
  const upstreamPort = await listenAnywhere(target);
  const probe = createServer();
  const listenPort = await listenAnywhere(probe);
  await new Promise((resolve) => probe.close(resolve));

  const child = fork(
    LINK_PROCESS,
    [listenPort, upstreamPort, settings].map((a) => JSON.stringify(a)),
    {
      execArgv: ['--conditions=source'],
    },
  );
  const sockets: Socket[] = [];
  const open = async () => {
    const socket = connect({ port: listenPort, host: '127.0.0.1', noDelay: true });
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  };
  try {
    await answerOf(child);
    const cpuSeconds = async () => {
      child.send('cpu');
      const { user, system } = (await answerOf(child)) as NodeJS.CpuUsage;
      return (user + system) / 1e6;
    };
    return await measure(await open(), cpuSeconds, accepted, open);
  } finally {
    for (const socket of sockets) socket.destroy();
    child.disconnect();
    target.close();
  }
}

async function listenAnywhere(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function answerOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`the process of the link ended with code ${code}`)));
  });
}
