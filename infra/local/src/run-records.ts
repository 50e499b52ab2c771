import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { sendSignal } from '@meridian/process';
import { identityOf } from './process-identity.ts';

/**
 * Which processes are ours, kept in files: a runner that was killed leaves its children behind, and the next start, or
 * `meridian down`, ends them. A pid alone would not do, as the system gives pids again.
 */
interface RunRecord {
  name: string;
  pid: number;
  identity: string;
  /** What asks it to stop; a plain SIGTERM lets PostgreSQL wait for its clients. */
  stopSignal?: NodeJS.Signals;
}

const fileOf = (runDir: string, name: string) => path.join(runDir, `${name.replaceAll('/', '-')}.json`);
/** The name of the runner's own record. */
export const RUNNER = 'runner';
const POLL_MS = 25;

const isAlive = (record: RunRecord) => identityOf(record.pid) === record.identity;

/** Synchronous, right after a process is made: a runner killed between the two would not know it again. */
export function recordProcess(runDir: string, name: string, pid: number, stopSignal: NodeJS.Signals): void {
  const identity = identityOf(pid);
  if (identity === undefined) return;
  mkdirSync(runDir, { recursive: true });
  const half = `${fileOf(runDir, name)}.half`;
  writeFileSync(half, JSON.stringify({ name, pid, identity, stopSignal } satisfies RunRecord));
  renameSync(half, fileOf(runDir, name));
}

export async function forgetProcess(runDir: string, name: string): Promise<void> {
  await rm(fileOf(runDir, name), { force: true });
}

async function readRecord(file: string): Promise<RunRecord | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as RunRecord;
  } catch {
    return undefined;
  }
}

/** The pid of the runner that is at work, if there is one. */
export async function runningRunner(runDir: string): Promise<number | undefined> {
  const record = await readRecord(fileOf(runDir, RUNNER));
  return record && isAlive(record) ? record.pid : undefined;
}

/**
 * Takes the place of the one runner. Throws, naming the other, when there is one. The record appears whole or not at
 * all. (Two that remove the same stale record at the same instant are kept apart by the runner's port, bound next.)
 */
export async function claimRunner(runDir: string): Promise<void> {
  mkdirSync(runDir, { recursive: true });
  const file = fileOf(runDir, RUNNER);
  const mine = `${file}.${process.pid}`;
  const record: RunRecord = { name: RUNNER, pid: process.pid, identity: identityOf(process.pid) ?? '' };
  writeFileSync(mine, JSON.stringify(record));
  try {
    for (;;) {
      try {
        linkSync(mine, file);
        return;
      } catch (failure) {
        if ((failure as NodeJS.ErrnoException).code !== 'EEXIST') throw failure;
      }
      const other = await runningRunner(runDir);
      if (other !== undefined) throw new RunsAlready(other);
      rmSync(file, { force: true });
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** There is a runner at work. */
export class RunsAlready extends Error {
  readonly pid: number;
  constructor(pid: number) {
    super(`Meridian is running already (pid ${pid}): use that one, or stop it with "npm run meridian -- down".`);
    this.pid = pid;
  }
}

/** Gives up the place of the one runner, if it is this process that holds it. */
export async function releaseRunner(runDir: string): Promise<void> {
  const record = await readRecord(fileOf(runDir, RUNNER));
  if (!record || record.pid === process.pid || !isAlive(record)) await forgetProcess(runDir, RUNNER);
}

/** Ends what a killed runner left behind. Returns the names of what was still there. */
export async function endLeftovers(runDir: string, withinMs = 5_000): Promise<string[]> {
  const files = (await readdir(runDir).catch(() => [])).filter((f) => f.endsWith('.json') && f !== `${RUNNER}.json`);
  const records = await Promise.all(files.map((file) => readRecord(path.join(runDir, file))));
  const left = records.filter((r): r is RunRecord => r !== undefined && isAlive(r));
  for (const { pid, stopSignal } of left) {
    sendSignal(pid, stopSignal ?? 'SIGTERM');
    // One that was paused would not hear it.
    sendSignal(pid, 'SIGCONT');
  }
  const deadline = performance.now() + withinMs;
  while (left.some(isAlive) && performance.now() < deadline) await pause();
  // Each leads a group of its own, so its children go with it.
  for (const record of left) if (isAlive(record)) sendSignal(-record.pid, 'SIGKILL');
  while (left.some(isAlive)) await pause();
  await Promise.all(files.map((file) => rm(path.join(runDir, file), { force: true })));
  return left.map((r) => r.name);
}

const pause = () => new Promise((resolve) => setTimeout(resolve, POLL_MS));
