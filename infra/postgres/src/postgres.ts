import { spawn } from 'node:child_process';
import { access, chown, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { launch, type ManagedProcess, type ProcessSpec } from '@meridian/process';
import pg from 'pg';
import { postgresBinaries } from './binaries.ts';
import { ensureDatabase } from './ensure-databases.ts';
import { clearLeftovers } from './leftovers.ts';

export interface PostgresOptions {
  /** As logs call it, e.g. `eu-west/postgres`. */
  name: string;
  /** Made when it is not there. When root starts it, every folder above must be passable by everyone. */
  dataDir: string;
  port: number;
  logFile: string;
  /** Made, owned by `meridian`, when they are not there. */
  databases: string[];
  /** Ends the initialising; a server that runs is stopped by its `stop()`. */
  signal?: AbortSignal;
}

const ROLE = 'meridian';

/**
 * Settings for many small servers on one machine. `fsync` stays on: what is acknowledged survives a kill -9 and a power
 * cut, which is what the drills are about. Connections: three services, each with a pool, a probe, a
 * relay and a listener.
 */
const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  max_connections: '60',
  shared_buffers: '32MB',
  max_wal_size: '256MB',
  min_wal_size: '32MB',
  max_worker_processes: '2',
  max_parallel_workers: '0',
  autovacuum_max_workers: '1',
  max_wal_senders: '0',
  wal_level: 'minimal',
  max_replication_slots: '0',
  jit: 'off',
  log_min_messages: 'warning',
  log_line_prefix: '%m [%p] %d ',
};

/** How to run PostgreSQL in `dataDir`, initialised already. */
export async function postgresSpec(options: PostgresOptions): Promise<ProcessSpec> {
  const { name, dataDir, port, logFile, databases } = options;
  const { bin, runAs } = await postgresBinaries();
  await initialise(bin, dataDir, runAs, options.signal);
  let provided = false;
  return {
    name,
    command: path.join(bin, 'postgres'),
    args: [
      ...['-D', dataDir, '-p', String(port), '-k', ''],
      ...Object.entries({ ...SETTINGS, cluster_name: name }).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
    ],
    env: { LC_ALL: 'C.UTF-8', TZ: 'UTC' },
    cwd: dataDir,
    logFile,
    ...(runAs === undefined ? {} : { uid: runAs, gid: runAs }),
    prepare: () => clearLeftovers(dataDir),
    ready: async () => {
      const client = new pg.Client({ connectionString: postgresUrl(port, 'postgres'), connectionTimeoutMillis: 2_000 });
      // A server killed while it is asked breaks the connection beside any query, too.
      client.on('error', () => undefined);
      await client.connect();
      try {
        if (!provided) for (const database of databases) await ensureDatabase(client, database);
        provided = true;
        await client.query('SELECT 1');
      } finally {
        await client.end();
      }
    },
    readyWithinMs: 30_000,
    // Fast shutdown: open transactions are rolled back, clients are told, a checkpoint is written.
    stopSignal: 'SIGINT',
    stopWithinMs: 10_000,
  };
}

/** Initialises when needed, starts, and waits until the databases can be used. */
export async function startPostgres(options: PostgresOptions): Promise<ManagedProcess> {
  const postgres = await launch(await postgresSpec(options));
  try {
    await postgres.untilReady();
  } catch (failure) {
    await postgres.stop();
    throw failure;
  }
  return postgres;
}

/** Connections from this machine are trusted: the server listens on the loopback address alone. */
export function postgresUrl(port: number, database: string): string {
  return `postgresql://${ROLE}:${ROLE}@127.0.0.1:${port}/${database}`;
}

/** Made beside its place and moved there when it is whole: an interrupted start leaves nothing half initialised. */
async function initialise(bin: string, dataDir: string, runAs: number | undefined, signal?: AbortSignal) {
  const isThere = access(path.join(dataDir, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
  if (await isThere) return;
  const half = `${dataDir}.half`;
  await rm(half, { recursive: true, force: true });
  await mkdir(path.dirname(half), { recursive: true });
  await mkdir(half, { mode: 0o700 });
  if (runAs !== undefined) await chown(half, runAs, runAs);
  await run(path.join(bin, 'initdb'), initdbArguments(half), { cwd: half, runAs, signal });
  await rename(half, dataDir);
}

function initdbArguments(dataDir: string): string[] {
  const locale = ['--encoding=UTF8', '--locale=C.UTF-8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  return ['-D', dataDir, '-U', ROLE, '--auth=trust', ...locale, '--no-sync', '--no-instructions'];
}

interface RunOptions {
  cwd: string;
  runAs: number | undefined;
  signal: AbortSignal | undefined;
}

function run(command: string, args: string[], { cwd, runAs, signal }: RunOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(runAs === undefined ? {} : { uid: runAs, gid: runAs }),
      ...(signal ? { signal } : {}),
    });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${path.basename(command)} failed: ${said.trim()}`));
    });
  });
}
