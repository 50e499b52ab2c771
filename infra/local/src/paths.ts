import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, rename, rm, stat } from 'node:fs/promises';
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
}

export function localPaths(portOffset: number, dataDir = defaultDataDir(portOffset)): LocalPaths {
  return {
    dataDir,
    logs: path.join(dataDir, 'logs'),
    run: path.join(dataDir, 'run'),
    // Shared by all runs: what is fetched once.
    cache: path.join(repositoryRoot, '.meridian/cache'),
  };
}

function defaultDataDir(portOffset: number): string {
  const home = path.join(repositoryRoot, '.meridian');
  return portOffset === 0 ? home : path.join(home, `offset-${portOffset}`);
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

const regionsDir = (paths: LocalPaths) => path.join(paths.dataDir, 'regions');

export function kafkaDataDir(paths: LocalPaths, region: string): string {
  return path.join(regionsDir(paths), region, 'kafka');
}

/** What a region's MirrorMaker 2 is told, when that is the replicator's engine. */
export function mirrorMakerDir(paths: LocalPaths, region: string): string {
  return path.join(regionsDir(paths), region, 'mirror-maker');
}

/** What was known when a region was failed over. With the data, as it speaks of them: a fresh start forgets it. */
export function failoverFile(paths: LocalPaths, region: string): string {
  return path.join(regionsDir(paths), `failover-${region}.json`);
}

/**
 * Where a region's PostgreSQL has its data, in a folder that its server can reach. That is beside the rest, except for
 * root in a checkout that others may not enter: the server refuses to be root and runs as another user, so its data go
 * to the temporary folder, by a name made of the data directory's. `isOutside` tells, as it should be said.
 */
export async function postgresDataDir(
  paths: LocalPaths,
  region: string,
): Promise<{ dataDir: string; isOutside: boolean }> {
  const inside = path.join(regionsDir(paths), region);
  await mkdir(inside, { recursive: true });
  if (process.getuid?.() !== 0) return { dataDir: path.join(inside, 'postgres'), isOutside: false };
  // Ours, whatever the umask made of them; what lies within is PostgreSQL's alone.
  for (const folder of [inside, regionsDir(paths), paths.dataDir, path.join(repositoryRoot, '.meridian')])
    if (inside.startsWith(folder)) await chmod(folder, ((await stat(folder)).mode & 0o7777) | 0o011);
  if (await isReachable(inside)) return { dataDir: path.join(inside, 'postgres'), isOutside: false };
  const outside = outsideDir(paths);
  await mkdir(path.join(outside, region), { recursive: true });
  const made = await lstat(outside);
  // The temporary folder is everybody's: someone may have been there before.
  if (!made.isDirectory() || made.uid !== 0) throw new Error(`${outside} belongs to another user; remove it.`);
  for (const folder of [outside, path.join(outside, region)]) await chmod(folder, 0o755);
  return { dataDir: path.join(outside, region, 'postgres'), isOutside: true };
}

function outsideDir(paths: LocalPaths): string {
  const key = createHash('sha256').update(paths.dataDir).digest('hex').slice(0, 12);
  return path.join(tmpdir(), `meridian-data-${key}`);
}

/** Removes the data of one region: its PostgreSQL's and its Kafka's. */
export async function removeRegionData(paths: LocalPaths, region: string): Promise<void> {
  // What was killed a moment ago may still be closing its files.
  for (const folder of [regionsDir(paths), outsideDir(paths)])
    await rm(path.join(folder, region), { recursive: true, force: true, maxRetries: 10 });
}

/** Removes all data of this run, not the caches. */
export async function removeData(paths: LocalPaths): Promise<void> {
  for (const folder of [regionsDir(paths), outsideDir(paths)]) await rm(folder, { recursive: true, force: true });
}
