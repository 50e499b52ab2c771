import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

export const KAFKA_VERSION = '4.3.1';

/** What is fetched, each by a `pom.xml` of its own into a folder of its own, and the jar that tells that it is there. */
const FETCHED = {
  broker: { pom: '../pom.xml', libs: 'libs', first: 'kafka_' },
  'mirror-maker': { pom: '../mirror-maker/pom.xml', libs: 'mirror-maker-libs', first: 'connect-mirror-' },
} as const;
type Fetched = keyof typeof FETCHED;

/** Runs a program to its end; rejects with what it said when it fails. */
export function runToEnd(command: string, args: string[], signal?: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...(signal ? { signal } : {}) });
    let said = '';
    const keep = (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-8_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (failure) =>
      reject(new Error(`${command} could not be run: ${failure.message}`, { cause: failure })),
    );
    child.on('close', (code) => {
      if (code === 0) resolve(said);
      else reject(new Error(`${command} ended with code ${code}: ${said.trim()}`));
    });
  });
}

/** The folder of Kafka's jars below `cacheDir`, whether they are there or not. */
export function jarsDirOf(cacheDir: string, what: Fetched = 'broker'): string {
  return path.join(cacheDir, `kafka-${KAFKA_VERSION}`, FETCHED[what].libs);
}

export async function hasKafkaJars(cacheDir: string, what: Fetched = 'broker'): Promise<boolean> {
  const files = await readdir(jarsDirOf(cacheDir, what)).catch(() => []);
  return files.some((file) => file.startsWith(FETCHED[what].first));
}

/** By the folder that they go to. */
const fetching = new Map<string, Promise<void>>();

/** Fetches jars by Maven, once, also for several who ask at the same time. */
export async function fetchJars(what: Fetched, cacheDir: string, signal?: AbortSignal): Promise<string> {
  const jars = jarsDirOf(cacheDir, what);
  if (await hasKafkaJars(cacheDir, what)) return jars;
  const fetched = fetching.get(jars) ?? fetchByMaven(what, cacheDir, signal).finally(() => fetching.delete(jars));
  fetching.set(jars, fetched);
  await fetched;
  return jars;
}

/** They appear all together: an interrupted fetch leaves nothing half done. */
async function fetchByMaven(what: Fetched, cacheDir: string, signal?: AbortSignal): Promise<void> {
  const jars = jarsDirOf(cacheDir, what);
  const half = `${jars}.${process.pid}`;
  const pom = path.resolve(import.meta.dirname, FETCHED[what].pom);
  await mkdir(half, { recursive: true });
  try {
    await runToEnd('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${half}`], signal);
    await rename(half, jars);
  } catch (failure) {
    await rm(half, { recursive: true, force: true });
    // Another process was faster.
    if (!(await hasKafkaJars(cacheDir, what))) throw failure;
  }
}

/** An explicit, sorted list of jars: a class-data archive is only used by a process with the very same class path. */
export async function classPath(jarsDir: string): Promise<string> {
  const jars = (await readdir(jarsDir)).filter((file) => file.endsWith('.jar')).sort();
  return jars.map((jar) => path.join(jarsDir, jar)).join(path.delimiter);
}

/**
 * The archive of a broker's classes. Its name changes with the Java and the class path, as an archive made for others is
 * passed over in silence.
 */
export async function classArchiveOf(cacheDir: string): Promise<string> {
  const fits = createHash('sha256').update(await classPath(jarsDirOf(cacheDir)));
  for (const directory of (process.env.PATH ?? '').split(path.delimiter)) {
    const java = await realpath(path.join(directory, 'java')).catch(() => undefined);
    if (!java) continue;
    const { mtimeMs, size } = await stat(java);
    fits.update(`${java} ${mtimeMs} ${size}`);
    break;
  }
  return path.join(path.dirname(jarsDirOf(cacheDir)), `broker-${fits.digest('hex').slice(0, 8)}.jsa`);
}

/** Flags for a broker that serves one region on a laptop: 150 MB instead of 200, and no second compiler to warm up. */
export const JVM_FLAGS = [
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-Xms64m',
  '-Xmx256m',
  '-Xshare:auto',
  '-Xlog:cds=off',
  '-Xlog:cds+dynamic=off',
];

export const LOG_FLAGS = [
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
];

/** Runs one of Kafka's own commands to its end, by its class; rejects with what it said when it fails. */
export async function kafkaTool(cacheDir: string, main: string, args: string[]): Promise<string> {
  const jars = await classPath(await fetchJars('broker', cacheDir));
  return runToEnd('java', [...JVM_FLAGS, ...LOG_FLAGS, '-cp', jars, main, ...args]);
}
