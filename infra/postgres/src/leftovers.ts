import { execFileSync } from 'node:child_process';
import { readdir, readFile, readlink, realpath, rm } from 'node:fs/promises';
import path from 'node:path';

const GONE_WITHIN_MS = 5_000;

/**
 * Clears what a server that was killed (kill -9) may have left in the way of the next one on the same data:
 *
 * - its backends. Each is a group of its own, so no signal to the server's group reaches them; most notice their
 *   server's death at once, one that is busy does not, and as long as one lives the next server refuses to start.
 * - `postmaster.pid`, when the system has given the pid in it to another process of the same user: the next server
 *   would take that one for a living server.
 *
 * A living server is left alone: starting a second one is a mistake, and PostgreSQL says so itself.
 */
export async function clearLeftovers(dataDir: string): Promise<void> {
  const lockFile = path.join(dataDir, 'postmaster.pid');
  const lock = await readFile(lockFile, 'utf8').catch(() => undefined);
  if (lock === undefined) return;
  const server = Number(lock.split('\n', 1)[0]);
  if (await isServerOf(dataDir, server)) return;
  await endBackends(dataDir);
  // Without a process by that pid the file stays: PostgreSQL then finds the dead one's shared memory by it.
  if (isAlive(server)) await rm(lockFile, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (failure) {
    return (failure as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function isServerOf(dataDir: string, pid: number): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return false;
  if (process.platform !== 'linux') {
    try {
      return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).includes(dataDir);
    } catch {
      return false;
    }
  }
  return (await processesIn(dataDir)).includes(pid);
}

/** Linux only; elsewhere the next server waits for them by being started again. */
async function endBackends(dataDir: string): Promise<void> {
  const deadline = performance.now() + GONE_WITHIN_MS;
  for (;;) {
    const left = await processesIn(dataDir);
    if (left.length === 0 || performance.now() > deadline) return;
    // No harm to the data: what counts is in the write-ahead log, and the next server recovers from it.
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It went by itself.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Every process of a server, and nothing else, works in the server's data directory. */
async function processesIn(dataDir: string): Promise<number[]> {
  if (process.platform !== 'linux') return [];
  const directory = await realpath(dataDir);
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [cwd, name] = await Promise.all([
        readlink(`/proc/${pid}/cwd`).catch(() => undefined),
        readFile(`/proc/${pid}/comm`, 'utf8').catch(() => ''),
      ]);
      return cwd === directory && name.startsWith('postgres') ? Number(pid) : undefined;
    }),
  );
  return found.filter((pid) => pid !== undefined);
}
