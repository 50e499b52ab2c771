import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { launch, type ProcessSpec } from '@meridian/process';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identityOf } from './process-identity.ts';
import { claimRunner, endLeftovers, recordProcess, releaseRunner, runningRunner } from './run-records.ts';
import { Supervised, type SupervisionEvent } from './supervisor.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'meridian-supervisor-'));
  await chmod(directory, 0o755);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

let made = 0;
/** A process of Node's that runs `program`; it serves once it has written its marker file, after the program's set-up. */
function nodeSpec(program: string): ProcessSpec & { marker: string } {
  made += 1;
  const marker = path.join(directory, `marker-${made}`);
  return {
    name: `eu-west/stand-in-${made}`,
    command: process.execPath,
    args: ['-e', `${program} require('fs').appendFileSync(${JSON.stringify(marker)}, process.pid + '\\n');`],
    logFile: path.join(directory, `log-${made}`),
    ready: async () => void (await readFile(marker)),
    readyWithinMs: 5_000,
    stopSignal: 'SIGTERM',
    stopWithinMs: 500,
    marker,
  };
}
const RUNS = 'setInterval(() => {}, 1000);';

describe('a supervised process', () => {
  it('is started again when it ends by itself, and the end is told with the last lines of its log', async () => {
    const events: SupervisionEvent[] = [];
    const spec = nodeSpec(`console.error('out of luck'); ${RUNS}`);
    const member = new Supervised(spec, directory, (event) => events.push(event));
    await member.start();
    const before = member.status().pid;
    await eventually(async () => expect(await readFile(spec.logFile, 'utf8')).toContain('out of luck'), {
      withinMs: 3_000,
    });
    member.signal('SIGKILL');
    await eventually(() => expect(events.map((e) => e.type)).toEqual(['died', 'restarted']), { withinMs: 5_000 });
    expect(events[0]).toMatchObject({ name: spec.name, how: 'ended by SIGKILL' });
    expect((events[0] as { logTail: string }).logTail).toContain('out of luck');
    const after = member.status();
    expect([after.state, after.restarts]).toEqual(['running', 1]);
    expect(after.pid).not.toBe(before);
    await member.stop();
    expect(identityOf(after.pid as number)).toBeUndefined();
  });

  it('stays down when it was killed on purpose, and comes back when it is started', async () => {
    const member = new Supervised(nodeSpec(RUNS), directory, () => undefined);
    await member.start();
    await member.kill();
    expect(member.status()).toMatchObject({ state: 'killed', pid: undefined });
    await member.start();
    expect(member.status().state).toBe('running');
    await member.stop();
  });

  it('is given up after five deaths in a row, by name', async () => {
    const events: SupervisionEvent[] = [];
    const member = new Supervised(nodeSpec('setTimeout(() => process.exit(3), 150);'), directory, (e) =>
      events.push(e),
    );
    await member.start();
    await eventually(() => expect(events.at(-1)?.type).toBe('gave-up'), { withinMs: 15_000 });
    expect(events.filter((e) => e.type === 'died').length).toBe(4);
    expect(member.status().state).toBe('stopped');
  });

  it('is started again however often it is killed from outside', async () => {
    const events: SupervisionEvent[] = [];
    const member = new Supervised(nodeSpec(RUNS), directory, (e) => events.push(e));
    await member.start();
    for (let kills = 1; kills <= 7; kills += 1) {
      member.signal('SIGKILL');
      await eventually(() => expect(events.filter((e) => e.type === 'restarted').length).toBe(kills), {
        withinMs: 5_000,
      });
    }
    expect(member.status()).toMatchObject({ state: 'running', restarts: 7 });
    await member.stop();
  });

  it('can be stopped while it waits to be started again', async () => {
    const events: SupervisionEvent[] = [];
    const member = new Supervised(nodeSpec('setTimeout(() => process.exit(3), 100);'), directory, (e) =>
      events.push(e),
    );
    await member.start();
    await eventually(() => expect(events.filter((e) => e.type === 'died').length).toBe(3), { withinMs: 5_000 });
    await member.stop();
    expect(member.status()).toMatchObject({ state: 'stopped', pid: undefined });
  });

  it('that is paused is stopped all the same, in order', async () => {
    const launched = await launch(nodeSpec(`process.on('SIGTERM', () => process.exit(0)); ${RUNS}`));
    await launched.untilReady();
    launched.signal('SIGSTOP');
    expect(await launched.stop()).toEqual({ code: 0, signal: null });
  });

  it('that ends before it serves fails its start, with its log', async () => {
    const spec = {
      ...nodeSpec("console.error('no such table'); process.exit(1);"),
      ready: () => Promise.reject(new Error('no')),
    };
    const member = new Supervised(spec, directory, () => undefined);
    await expect(member.start()).rejects.toThrow(/ended with code 1 before it served[\s\S]*no such table/);
  });

  it('that does not stop when asked is killed', async () => {
    const launched = await launch(nodeSpec(`process.on('SIGTERM', () => {}); ${RUNS}`));
    await launched.untilReady();
    expect(await launched.stop()).toEqual({ code: null, signal: 'SIGKILL' });
  });
});

describe('run records', () => {
  it('a second runner is refused, by the pid of the first; a stale record is not in the way', async () => {
    const run = path.join(directory, 'run-claim');
    await claimRunner(run);
    await expect(claimRunner(run)).rejects.toThrow(`running already (pid ${process.pid})`);
    await releaseRunner(run);
    await claimRunner(run);
    await writeFile(
      path.join(run, 'runner.json'),
      JSON.stringify({ name: 'runner', pid: process.pid, identity: 'another time' }),
    );
    expect(await runningRunner(run)).toBeUndefined();
    await claimRunner(run);
    expect(await runningRunner(run)).toBe(process.pid);
  });

  it('of many runners that start at the same instant, one is taken', async () => {
    const run = path.join(directory, 'run-race');
    const claim = `import { claimRunner } from ${JSON.stringify(path.join(import.meta.dirname, 'run-records.ts'))};
      await claimRunner(${JSON.stringify(run)}).then(() => { console.log('taken'); setTimeout(() => {}, 3000); }, () => console.log('refused'));`;
    const started = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--conditions=source', '--input-type=module-typescript', '-e', claim], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    const said = await Promise.all(
      started.map(
        (child) => new Promise<string>((resolve) => child.stdout.once('data', (d) => resolve(`${d}`.trim()))),
      ),
    );
    for (const child of started) child.kill('SIGKILL');
    expect(said.sort()).toEqual(['refused', 'refused', 'refused', 'taken']);
  });

  it('what a killed runner left behind is ended, and a recycled pid is not', async () => {
    const run = path.join(directory, 'run-leftovers');
    const left = await launch(nodeSpec(RUNS));
    const stranger = await launch(nodeSpec(RUNS));
    await left.untilReady();
    recordProcess(run, 'eu-west/order', left.pid, 'SIGTERM');
    await writeFile(
      path.join(run, 'eu-west-user.json'),
      JSON.stringify({ name: 'eu-west/user', pid: stranger.pid, identity: 'of an earlier process with this pid' }),
    );
    expect(await endLeftovers(run, 1_000)).toEqual(['eu-west/order']);
    await left.exited;
    expect(stranger.exit()).toBeUndefined();
    await stranger.stop();
    expect(await endLeftovers(run)).toEqual([]);
  });
});
