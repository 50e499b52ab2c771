import { createHash } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isReachable } from '@meridian/postgres';

/** The root of the checkout: this file is `infra/local/{src,dist}/paths`. */
export const repositoryRoot = path.resolve(import.meta.dirname, '../../..');

/** Where everything that a run leaves behind lies. A port offset has a folder of its own, so that runs do not mix. */
export interface LocalPaths {
  dataDir: string;
  logs: string;
  run: string;
  cache: string;
  topology: string;
}

export function localPaths(portOffset: number, root = repositoryRoot): LocalPaths {
  const home = path.join(root, '.meridian');
  const dataDir = portOffset === 0 ? home : path.join(home, `offset-${portOffset}`);
  return {
    dataDir,
    logs: path.join(dataDir, 'logs'),
    run: path.join(dataDir, 'run'),
    // Shared by all runs: what is fetched once.
    cache: path.join(home, 'cache'),
    topology: path.join(root, 'infra/topology.json'),
  };
}

/** Log of a process: `eu-west/order` → `logs/eu-west-order.log`. */
export function logFileOf(paths: LocalPaths, name: string): string {
  return path.join(paths.logs, `${name.replaceAll('/', '-')}.log`);
}

/** Keeps the log of the run before as `….log.1`. */
export async function rotateLog(file: string): Promise<void> {
  await rename(file, `${file}.1`).catch((failure: NodeJS.ErrnoException) => {
    if (failure.code !== 'ENOENT') throw failure;
  });
}

export function kafkaDataDir(paths: LocalPaths, region: string): string {
  return path.join(paths.dataDir, 'regions', region, 'kafka');
}

/**
 * PostgreSQL's data lie beside the rest, except for root in a checkout that others may not enter: its server runs as
 * another user then (it refuses to be root), so its data go to the temporary folder, by a name made of the checkout's.
 */
export async function postgresDataDir(paths: LocalPaths, region: string): Promise<string> {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || (await isReachable(path.dirname(paths.cache).replace(/\.meridian$/, ''))))
    return path.join(paths.dataDir, 'regions', region, 'postgres');
  return path.join(outsideDataDir(paths), region, 'postgres');
}

function outsideDataDir(paths: LocalPaths): string {
  const key = createHash('sha256').update(paths.dataDir).digest('hex').slice(0, 12);
  return path.join(tmpdir(), `meridian-data-${key}`);
}

/** Removes all data of this run, not the caches. */
export async function removeData(paths: LocalPaths): Promise<void> {
  for (const folder of [path.join(paths.dataDir, 'regions'), outsideDataDir(paths)])
    await rm(folder, { recursive: true, force: true });
}
