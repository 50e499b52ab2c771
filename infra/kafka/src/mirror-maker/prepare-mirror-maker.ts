import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { propertiesFile } from '../broker-settings.ts';
import { classPath, fetchJars, LOG_FLAGS } from '../java.ts';
import { type MirrorWorker, workerSettings } from './worker-settings.ts';

export interface MirrorMakerOptions extends MirrorWorker {
  /** Where the jars are kept, shared by all workers of this machine. */
  cacheDir: string;
  /** Where the worker's two files are written, anew each time. */
  dir: string;
  signal?: AbortSignal;
}

/**
 * A heap of 256 MB holds two origins' fetches; without a bound a JVM takes a quarter of the machine, per region. One compiler,
 * as it warms up within the first minute and a laptop's cores are shared by some thirty processes: in a trial 53 ms instead
 * of 211 at the 99th percentile. A machine of its own would rather have the second compiler.
 */
const JVM_FLAGS = [
  ...['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xms64m', '-Xmx256m', '-Xshare:auto'],
  // For the jars of Kafka's image, which bring Log4j: by itself it tells errors alone.
  '-Dorg.apache.logging.log4j.level=WARN',
];

/** Where `prepareMirrorMaker` writes what `java` is told. */
export function mirrorMakerArguments(dir: string): string {
  return path.join(dir, 'mm2.args');
}

/**
 * Fetches MirrorMaker's jars once, and writes what `java` is told: `java @<file>` is the worker. Resolves with the file,
 * so that who runs it (the replicator) needs to know nothing of jars and settings.
 */
export async function prepareMirrorMaker(options: MirrorMakerOptions): Promise<string> {
  const { cacheDir, signal } = options;
  return writeMirrorMaker({ ...options, jars: await fetchJars('mirror-maker', cacheDir, signal) });
}

/** The second half of it, where the jars are there already, as in a container. */
export async function writeMirrorMaker(
  options: MirrorWorker & Pick<MirrorMakerOptions, 'dir'> & { jars: string },
): Promise<string> {
  const { region, dir, jars } = options;
  await mkdir(dir, { recursive: true });
  const settings = path.join(dir, 'mm2.properties');
  await writeFile(settings, propertiesFile(workerSettings(options)));
  const main = ['org.apache.kafka.connect.mirror.MirrorMaker', settings, '--clusters', region];
  const argumentsFile = mirrorMakerArguments(dir);
  const args = [...JVM_FLAGS, ...LOG_FLAGS, '-cp', await classPath(jars), ...main];
  await writeFile(argumentsFile, args.map((argument) => `"${argument.replaceAll('\\', '\\\\')}"\n`).join(''));
  return argumentsFile;
}
