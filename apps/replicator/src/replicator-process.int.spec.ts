import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { launch, type ManagedProcess } from '@meridian/process';
import { eventually, freePort } from '@meridian/testing';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';

/** The process as the runner starts it, from its sources. No other region is there: nothing listens on their links. */
let directory: string;
let port: number;
let running: ManagedProcess | undefined;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'meridian-replicator-'));
  port = await freePort();
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  await rm(directory, { recursive: true, force: true });
});

async function run(env: Record<string, string> = {}): Promise<ManagedProcess> {
  running = await launch({
    name: 'replicator',
    command: process.execPath,
    args: ['--conditions=source', path.join(import.meta.dirname, 'main.ts')],
    env: {
      PORT: String(port),
      MERIDIAN_REGION: 'us-east',
      MERIDIAN_TOPOLOGY: path.join(import.meta.dirname, '../../../infra/topology.json'),
      MERIDIAN_PORT_OFFSET: '700',
      KAFKA_BROKERS: inject('kafkaBrokers').join(','),
      ...env,
    },
    logFile: path.join(directory, 'log'),
    ready: async () => {
      const answer = await get('/health/ready');
      if (answer.status !== 200) throw new Error(await answer.text());
    },
    readyWithinMs: 20_000,
    stopSignal: 'SIGTERM',
    stopWithinMs: 5_000,
  });
  return running;
}
const get = (where: string) => fetch(`http://127.0.0.1:${port}${where}`);
const log = () => readFile(path.join(directory, 'log'), 'utf8');

describe('the process', () => {
  it('is ready with its own cluster alone, and says what it knows of the others', async () => {
    await (await run()).untilReady();
    expect(await (await get('/lag')).json()).toMatchObject({
      region: 'us-east',
      byOrigin: { 'eu-west': { behind: null }, 'ap-southeast': { behind: null } },
    });
  });

  it('ends within 5 s and with code 0 when it is told to', async () => {
    const replicator = await run();
    await replicator.untilReady();
    expect(await replicator.stop()).toEqual({ code: 0, signal: null });
  });

  it('ends in one plain sentence when its region is none of the topology', async () => {
    expect(await (await run({ MERIDIAN_REGION: 'mars' })).exited).toEqual({ code: 1, signal: null });
    expect(await log()).toBe('MERIDIAN_REGION is "mars"; the topology has us-east, eu-west, ap-southeast.\n');
  });
});

describe('with a cluster that accepts connections and never answers', () => {
  let silent: Server;
  const sockets = new Set<Socket>();
  beforeEach(async () => {
    silent = createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it('the process is live, not ready, and ends within 5 s and with code 0 all the same', async () => {
    const { port: silentPort } = silent.address() as { port: number };
    const replicator = await run({ KAFKA_BROKERS: `127.0.0.1:${silentPort}` });
    await eventually(async () => expect((await get('/health/live')).status).toBe(200), { withinMs: 20_000 });
    expect(await (await get('/health/ready')).json()).toMatchObject({ detail: 'Waiting for kafka (not connected).' });
    expect(await replicator.stop()).toEqual({ code: 0, signal: null });
  });
});
