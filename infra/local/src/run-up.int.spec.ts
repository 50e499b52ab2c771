import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TOPICS } from '@meridian/contracts';
import { createKafka, ensureTopics, listTopics } from '@meridian/kafka';
import { postgresUrl } from '@meridian/postgres';
import { hostPort, localAddresses, urlOf } from '@meridian/regions';
import { eventually } from '@meridian/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { standIns } from './fixtures/stand-ins.ts';
import { kafkaDataDir, localPaths } from './paths.ts';
import { portsByUse } from './prerequisites.ts';
import { identityOf } from './process-identity.ts';
import { type RunningSystem, type RunUpOptions, readLocalTopology, runUp, StoppedWhileStarting } from './run-up.ts';
import { stopRunning } from './stop-running.ts';
import type { SupervisionEvent } from './supervisor.ts';

/**
 * The life of one run, in order: a runner is killed while starting, the next one clears up and starts, faults happen to
 * it, it is stopped, and a second start goes on with its data.
 */
const topology = readLocalTopology(standIns.topologyFile);
const addresses = localAddresses(topology, standIns.portOffset);
const [region = '', remote = ''] = topology.regions.map((r) => r.id);
const at = addresses.regions[region] as NonNullable<(typeof addresses.regions)[string]>;
const kafka = createKafka({ clientId: 'test', brokers: [hostPort(at.kafka.local)] });
const topics = async () => (await listTopics(kafka)).map((found) => found.topic);

let dataDir: string;
let system: RunningSystem | undefined;
beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'meridian-run-'));
  await chmod(dataDir, 0o755);
});
afterAll(async () => {
  await system?.shutdown();
  await stopRunning(standIns.portOffset, dataDir);
  await rm(dataDir, { recursive: true, force: true });
});

const up = (options: RunUpOptions = {}) => runUp({ ...standIns, dataDir, ...options });

async function control(method: string, target: string, body?: object, headers: Record<string, string> = {}) {
  const answer = await fetch(`${urlOf(addresses.runner)}${target}`, {
    method,
    headers,
    body: body ? JSON.stringify(body) : null,
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

async function query(database: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: postgresUrl(at.postgres.port, database) });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function expectNothingLeft(pids: number[]): Promise<void> {
  expect(pids.filter((pid) => identityOf(pid) !== undefined)).toEqual([]);
  for (const { port, use } of portsByUse(topology, addresses))
    expect({ use, open: await isOpen(port) }).toEqual({ use, open: false });
}

describe('a run', () => {
  const events: SupervisionEvent[] = [];
  const notes: string[] = [];
  const running = () => {
    if (!system) throw new Error('Nothing runs.');
    return system;
  };
  const processNamed = (name: string) => {
    const found = running()
      .processes()
      .find((p) => p.name === name);
    if (!found) throw new Error(`There is no process ${name}.`);
    return found;
  };
  const until = (type: SupervisionEvent['type'], name: string, withinMs = 15_000) =>
    eventually(() => expect(events.some((e) => e.type === type && e.name === name)).toBe(true), { withinMs });

  it('clears up after a runner that was killed', async () => {
    const runner = spawn(
      process.execPath,
      ['--conditions=source', path.join(import.meta.dirname, 'fixtures/run-stand-ins.ts'), dataDir],
      { stdio: 'ignore' },
    );
    await eventually(
      async () => {
        const { body } = await control('GET', '/status');
        expect((body.processes as { state: string }[]).filter((p) => p.state === 'running').length).toBeGreaterThan(6);
      },
      { withinMs: 40_000 },
    );
    await expect(up()).rejects.toThrow(`running already (pid ${runner.pid})`);
    const ended = new Promise((resolve) => runner.once('exit', resolve));
    runner.kill('SIGKILL');
    await ended;
    system = await up({
      ...{ onEvent: (event) => events.push(event), onNote: (note) => notes.push(note) },
      topicCompression: 'zstd',
    });
    expect(notes.join()).toMatch(/^Ended what a killed run had left behind: .*postgres/);
  });

  it('has every process of every region, its databases migrated and its topics made', async () => {
    const names = running()
      .processes()
      .map((p) => p.name);
    const ofEach = ['catalog', 'control', 'kafka', 'order', 'postgres', 'replicator', 'user'];
    const expected = topology.regions.flatMap((r) => ofEach.map((kind) => `${r.id}/${kind}`));
    expect(names.sort()).toEqual([...expected, 'console', 'edge', 'wan'].sort());
    expect(
      new Set(
        running()
          .processes()
          .map((p) => p.state),
      ),
    ).toEqual(new Set(['running']));
    expect(await query('order', "SELECT 1 FROM pg_tables WHERE tablename = 'outbox'")).toHaveLength(1);
    expect(await topics()).toEqual(
      expect.arrayContaining(['orders.v1', `${remote}.orders.v1`, `${remote}.orders.v1.dlq`, `${remote}.users.v1`]),
    );
    expect(await topics()).not.toContain(`${region}.orders.v1`);
  });

  it('compresses what crosses links, when that is asked for', async () => {
    const producer = await kafka.producer();
    await producer.append(TOPICS.orders, { key: 'k', value: '0'.repeat(100_000), partition: 0 });
    await producer.close();
    const log = path.join(kafkaDataDir(localPaths(standIns.portOffset, dataDir), region), 'log', `${TOPICS.orders}-0`);
    const segments = (await readdir(log)).filter((file) => file.endsWith('.log'));
    const sizes = await Promise.all(segments.map(async (file) => (await stat(path.join(log, file))).size));
    expect(Math.max(...sizes)).toBeGreaterThan(0);
    expect(Math.max(...sizes)).toBeLessThan(10_000);
  });

  it('refuses a second run by the pid of the first', () =>
    expect(up()).rejects.toThrow(`running already (pid ${process.pid})`));

  it('restarts a broker that was killed, with its data', async () => {
    await ensureTopics(kafka, [{ topic: 'kept', partitions: 3 }]);
    await control('POST', '/signal', { target: `${region}/kafka`, signal: 'SIGKILL' });
    await until('restarted', `${region}/kafka`);
    expect(events.find((e) => e.name === `${region}/kafka`)).toMatchObject({ type: 'died', how: 'ended by SIGKILL' });
    expect(await listTopics(kafka)).toContainEqual({ topic: 'kept', partitions: 3 });
  });

  it('restarts a PostgreSQL that was killed under a busy session, with its data', async () => {
    await query('order', 'CREATE TABLE kept AS SELECT 42 AS answer');
    // This backend looks at nothing for a minute: it would not notice for as long that its server is gone.
    const busy = query('order', 'SELECT count(*) FROM generate_series(1, 2000000000)').catch(() => undefined);
    await eventually(
      async () =>
        expect(
          await query(
            'order',
            "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%generate_series(1, 2%' AND pid <> pg_backend_pid()",
          ),
        ).toHaveLength(1),
      { withinMs: 5_000 },
    );
    await control('POST', '/signal', { target: `${region}/postgres`, signal: 'SIGKILL' });
    await until('restarted', `${region}/postgres`);
    await busy;
    expect(await query('order', 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(processNamed(`${region}/postgres`).restarts).toBe(1);
  });

  it('keeps a region down that was killed, and brings it back whole', async () => {
    const killed = await control('POST', '/kill', { target: region });
    expect(killed.body.killed).toHaveLength(7);
    expect(processNamed(`${region}/order`)).toMatchObject({ state: 'killed', pid: undefined, rssBytes: undefined });
    expect((await control('POST', '/restart', { target: region })).status).toBe(200);
    expect(
      running()
        .processes()
        .filter((p) => p.state !== 'running'),
    ).toEqual([]);
    expect(await query('order', 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('answers what it cannot do with a problem, and serves no web page', async () => {
    expect(await control('POST', '/kill', { target: 'mars' })).toMatchObject({ status: 404 });
    expect(await control('POST', '/kill', {})).toMatchObject({ status: 400 });
    expect(await control('POST', '/signal', { target: 'wan', signal: 'SIGUSR1' })).toMatchObject({ status: 400 });
    expect(await control('GET', '/shutdown')).toMatchObject({ status: 405 });
    expect(await control('POST', '/shutdown', {}, { origin: 'http://evil.example' })).toMatchObject({ status: 400 });
    expect(await control('GET', '/status')).toMatchObject({ status: 200 });
  });

  it('stops in order when it is told to, and leaves nothing', async () => {
    const pids = running()
      .processes()
      .map((p) => p.pid as number);
    await control('POST', '/shutdown');
    expect(await running().closed).toBe(0);
    await expectNothingLeft(pids);
    const log = path.join(running().logsDir, `${region}-postgres.log`);
    expect(await readFile(log, 'utf8')).toContain('database system is shut down');
  });

  it('goes on with its data; when a process will not stay up, all is stopped with code 1', async () => {
    const serveAndDie = `setTimeout(() => { console.log('out of luck'); process.exit(3) }, 1000);
      require('http').createServer((_, answer) => answer.end()).listen(Number(process.env.PORT), '127.0.0.1')`;
    const told: SupervisionEvent[] = [];
    system = await up({
      programOf: (app) => (app === 'console' ? ['-e', serveAndDie] : standIns.programOf(app)),
      onEvent: (event) => told.push(event),
    });
    expect(await query('order', 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(await topics()).toContain('kept');
    expect(await running().closed).toBe(1);
    expect(told.filter((e) => e.type === 'died')).toHaveLength(4);
    expect(told.at(-1)).toMatchObject({ type: 'gave-up', name: 'console', how: 'ended with code 3' });
    await expectNothingLeft([]);
  });

  it('begins without the data of the run before when it is told to', async () => {
    system = await up({ fresh: true });
    expect(await query('order', "SELECT to_regclass('kept') AS kept")).toEqual([{ kept: null }]);
    expect(await topics()).toContain('orders.v1');
    expect(await topics()).not.toContain('kept');
    await running().shutdown();
  });

  it('is stopped while it starts, without anything left', async () => {
    const abort = new AbortController();
    const starting = up({
      signal: abort.signal,
      onStep: ({ name, state }) => {
        if (name === `${region}: migrations` && state === 'started') abort.abort();
      },
    });
    await expect(starting).rejects.toThrow(StoppedWhileStarting);
    await expectNothingLeft([]);
  });

  it('that cannot come up stops what had started, and says which process and why', async () => {
    const failing = up({
      programOf: (app) =>
        app === 'user' ? ['-e', 'console.log("no such table"); process.exit(3)'] : standIns.programOf(app),
    });
    await expect(failing).rejects.toThrow(/\/user ended with code 3 before it served[\s\S]*no such table/);
    await expectNothingLeft([]);
  });
});
