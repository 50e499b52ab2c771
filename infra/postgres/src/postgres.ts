import { spawn } from 'node:child_process';
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { launch, type ManagedProcess, type ProcessSpec } from '@meridian/process';
import pg from 'pg';
import { postgresBinaries } from './binaries.ts';

export interface PostgresOptions {
  /** As logs call it, e.g. `eu-west/postgres`. */
  name: string;
  /** Made when it is not there. When root starts it, every folder above must be passable by everyone. */
  dataDir: string;
  port: number;
  logFile: string;
  /** Made, owned by `meridian`, when they are not there. */
  databases: string[];
}

const ROLE = 'meridian';

/**
 * Settings for many small servers on one machine. `fsync` stays on: what is acknowledged survives a kill -9 and a power
 * cut, which is what the drills are about. Connections: three services, each with a pool, a relay and a listener.
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
export async function postgresSpec({ name, dataDir, port, logFile, databases }: PostgresOptions): Promise<ProcessSpec> {
  const { bin, runAs } = await postgresBinaries();
  await initialise(bin, dataDir, runAs);
  let provided = false;
  return {
    name,
    command: path.join(bin, 'postgres'),
    args: [
      ...['-D', dataDir, '-p', String(port), '-k', ''],
      ...Object.entries(SETTINGS).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
    ],
    env: { LC_ALL: 'C.UTF-8', TZ: 'UTC' },
    cwd: dataDir,
    logFile,
    ...(runAs === undefined ? {} : { uid: runAs, gid: runAs }),
    ready: async () => {
      const client = new pg.Client({ connectionString: postgresUrl(port, 'postgres'), connectionTimeoutMillis: 2_000 });
      await client.connect();
      try {
        if (!provided) for (const database of databases) await provide(client, database);
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

async function provide(client: pg.Client, database: string): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
  if (rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)}`);
}

async function initialise(bin: string, dataDir: string, runAs: number | undefined): Promise<void> {
  if (await readFile(path.join(dataDir, 'meridian-ready'), 'utf8').catch(() => undefined)) return;
  await mkdir(dataDir, { recursive: true });
  if (runAs !== undefined) await chown(dataDir, runAs, runAs);
  await run(path.join(bin, 'initdb'), initdbArguments(dataDir), dataDir, runAs);
  // Written last: a half-made directory is refused by initdb with its own clear sentence instead of being used.
  await writeFile(path.join(dataDir, 'meridian-ready'), 'initialised\n');
}

function initdbArguments(dataDir: string): string[] {
  const locale = ['--encoding=UTF8', '--locale=C.UTF-8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  return ['-D', dataDir, '-U', ROLE, '--auth=trust', ...locale, '--no-sync', '--no-instructions'];
}

function run(command: string, args: string[], cwd: string, runAs: number | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(runAs === undefined ? {} : { uid: runAs, gid: runAs }),
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
