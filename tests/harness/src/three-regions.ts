import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { portsByUse } from '@meridian/local';
import { eventually } from '@meridian/testing';
import { heal, processes } from './faults.ts';
import { addresses, repositoryRoot, TEST_PORT_OFFSET, topology } from './system.ts';

const READY_WITHIN_MS = 150_000;
const STOP_WITHIN_MS = 40_000;

/**
 * Global set-up of the e2e and drill tiers: three regions, started the way a user starts them (`meridian up`, first-order
 * report and all) on ports and data of their own. What a user sees goes to `.meridian/test-reports/up.log`. The teardown
 * is a test, too: Ctrl-C must end it with code 0 and leave no process and no open port. Disks are emptied unless another run of
 * the caller's has just filled them.
 */
export default async function threeRegions({ onEmptyDisks = true } = {}): Promise<() => Promise<void>> {
  const bin = path.join(repositoryRoot, 'apps/cli/bin/meridian.js');
  const reports = path.join(repositoryRoot, '.meridian/test-reports');
  mkdirSync(reports, { recursive: true });
  const disks = onEmptyDisks ? ['--fresh'] : [];
  const up = spawn(process.execPath, [bin, 'up', ...disks, '--port-offset', String(TEST_PORT_OFFSET)], {
    cwd: repositoryRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(path.join(reports, 'up.log'));
  let said = '';
  for (const stream of [up.stdout, up.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk;
      log.write(chunk);
    });
  let code: number | null | undefined;
  const closed = new Promise<number | null>((resolve) => {
    up.on('close', (exitCode) => {
      code = exitCode;
      resolve(exitCode);
    });
  });
  process.once('exit', () => up.kill('SIGTERM'));

  const started = performance.now();
  while (!said.includes('Ctrl-C')) {
    if (code !== undefined) throw new Error(`"meridian up" ended with code ${code}:\n${said}`);
    if (performance.now() - started > READY_WITHIN_MS) {
      up.kill('SIGTERM');
      await closed;
      throw new Error(`"meridian up" was not up within ${READY_WITHIN_MS} ms:\n${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  // Not on stdout, which may be JSON.
  console.error(
    `  three regions up and their first orders seen everywhere after ${((performance.now() - started) / 1000).toFixed(1)} s`,
  );

  return async () => {
    await heal().catch(() => undefined);
    const pids = (await processes()).map((p) => p.pid).filter((pid) => pid !== undefined);
    up.kill('SIGINT');
    const exitCode = await Promise.race([
      closed,
      new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), STOP_WITHIN_MS).unref()),
    ]);
    if (exitCode !== 0)
      throw new Error(`Ctrl-C ended "meridian up" with ${exitCode} instead of 0:\n${said.slice(-4_000)}`);
    await eventually(
      async () => {
        const alive = pids.filter(isAlive);
        if (alive.length > 0) throw new Error(`Ctrl-C left processes behind: ${alive.join(', ')}`);
        for (const { port, use } of portsByUse(topology, addresses))
          if (await isOpen(port)) throw new Error(`Ctrl-C left port ${port} (${use}) open`);
      },
      { withinMs: 3_000 },
    );
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
