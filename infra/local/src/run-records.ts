import { mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { identityOf } from './process-identity.ts';

/**
 * Which processes are ours, kept in files: a runner that was killed leaves its children behind, and the next start, or
 * `meridian down`, ends them. A pid alone would not do, as the system gives pids again.
 */
interface RunRecord {
  name: string;
  pid: number;
  identity: string;
}

const fileOf = (runDir: string, name: string) => path.join(runDir, `${name.replaceAll('/', '-')}.json`);
const RUNNER = 'runner';

const isAlive = (record: RunRecord) => identityOf(record.pid) === record.identity;

export async function recordProcess(runDir: string, name: string, pid: number): Promise<void> {
  const identity = identityOf(pid);
  if (identity === undefined) return;
  await mkdir(runDir, { recursive: true });
  await writeFile(fileOf(runDir, name), JSON.stringify({ name, pid, identity } satisfies RunRecord));
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

/** Takes the place of the one runner. Throws, naming the other, when there is one. */
export async function claimRunner(runDir: string): Promise<void> {
  await mkdir(runDir, { recursive: true });
  const file = fileOf(runDir, RUNNER);
  const record: RunRecord = { name: RUNNER, pid: process.pid, identity: identityOf(process.pid) ?? '' };
  for (;;) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(JSON.stringify(record));
      await handle.close();
      return;
    } catch (failure) {
      if ((failure as NodeJS.ErrnoException).code !== 'EEXIST') throw failure;
    }
    const other = await runningRunner(runDir);
    if (other !== undefined)
      throw new Error(`Meridian is running already (pid ${other}); stop it with "npx meridian down", or use that one.`);
    await rm(file, { force: true });
  }
}

export async function releaseRunner(runDir: string): Promise<void> {
  await forgetProcess(runDir, RUNNER);
}

/** Ends what a killed runner left behind. Returns the names of what was still there. */
export async function endLeftovers(runDir: string, withinMs = 5_000): Promise<string[]> {
  const files = await readdir(runDir).catch(() => []);
  const records = await Promise.all(
    files.filter((f) => f.endsWith('.json')).map((f) => readRecord(path.join(runDir, f))),
  );
  const left = records.filter((r): r is RunRecord => r !== undefined && r.name !== RUNNER && isAlive(r));
  for (const { pid } of left) send(pid, 'SIGTERM');
  const deadline = performance.now() + withinMs;
  while (left.some(isAlive) && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
  for (const record of left) if (isAlive(record)) send(-record.pid, 'SIGKILL');
  while (left.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 50));
  for (const record of records) if (record && record.name !== RUNNER) await forgetProcess(runDir, record.name);
  return left.map((r) => r.name);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code !== 'ESRCH') throw failure;
  }
}
