import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLogger } from '@meridian/service-kit/process';
import { eventually } from '@meridian/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WorkerProcess } from './worker-process.ts';

/** A Java that notes the pid of each of its lives, and lives until it is killed. */
const STAND_IN = `#!/bin/sh
echo $$ >> "$(dirname "$0")/lives"
exec sleep 600
`;
let directory: string;
let java: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'meridian-worker-'));
  java = path.join(directory, 'java');
  await writeFile(java, STAND_IN);
  await chmod(java, 0o755);
});
afterEach(async () => {
  // A test that fails may leave one: those that it noted are ended, and nothing else.
  for (const pid of await notedLives()) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

const silent = createLogger('worker-test', { level: 'silent' });
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const notedLives = async () => {
  const noted = await readFile(path.join(directory, 'lives'), 'utf8').catch(() => '');
  return noted.split('\n').filter(Boolean).map(Number);
};
/** The pids of its lives, once there are so many. */
const lives = (count: number) =>
  eventually(
    async () => {
      const pids = await notedLives();
      expect(pids).toHaveLength(count);
      return pids;
    },
    { withinMs: 5_000 },
  );
const untilDead = (pid: number) => eventually(() => expect(isAlive(pid)).toBe(false), { withinMs: 5_000 });

it('a worker that ends by itself is started again, and runs for as long as somebody holds it', async () => {
  const worker = new WorkerProcess('none', java);
  worker.hold(silent);
  worker.hold(silent);
  const [first = 0] = await lives(1);
  process.kill(first, 'SIGKILL');
  const [, second = 0] = await lives(2);
  await worker.release();
  expect([worker.running, isAlive(second)]).toEqual([true, true]);
  await worker.release();
  expect([worker.running, isAlive(second)]).toEqual([false, false]);
});

it('one that is started again on purpose runs nothing while its journal is put right', async () => {
  const worker = new WorkerProcess('none', java);
  worker.hold(silent);
  const [first = 0] = await lives(1);
  await worker.restart('a test', async () => expect(isAlive(first)).toBe(false));
  await lives(2);
  await worker.release();
});

it('does not outlive its supervisor, however that goes', async () => {
  const program = path.join(import.meta.dirname, 'supervisor.fixture.ts');
  const args = ['--conditions=source', '--disable-warning=ExperimentalWarning', program, 'none', java];
  const supervisor = spawn(process.execPath, args, { stdio: 'ignore' });
  const [worker = 0] = await lives(1);
  supervisor.kill('SIGKILL');
  await untilDead(worker);
});
