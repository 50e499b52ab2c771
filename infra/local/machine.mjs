import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';

/**
 * What the machine must have, each rule with the one plain sentence that says what is missing. Plain JavaScript without
 * dependencies, for any Node ≥ 20: `bootstrap.mjs` asks before anything is installed, and the runner again before it
 * starts. Its types stand in `machine.d.mts`.
 */

const LEAST_NODE = 24;
const LEAST_JDK = 17;
const LEAST_MEMORY_GIB = 2.5;

export function node(version) {
  if (Number(version.split('.')[0]) >= LEAST_NODE) return [];
  return [
    `Node ${LEAST_NODE} or later is needed to run the services, this is ${version}: on Linux "npm ci" brings it, elsewhere install it.`,
  ];
}

/** What `java -version` says; undefined when there is none. */
export function javaSays() {
  const { error, stderr, status } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  return error || status !== 0 ? undefined : stderr;
}

export function jdk(said) {
  if (said === undefined)
    return [`A JDK ${LEAST_JDK} or later is needed to run Kafka, and there is no working "java" on the PATH.`];
  // "17.0.15", "21", "25-ea", and "1.8.0_402" of old.
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(said) ?? [];
  const major = first === '1' ? Number(second) : Number(first);
  if (major >= LEAST_JDK) return [];
  return [`A JDK ${LEAST_JDK} or later is needed to run Kafka; "java" is version ${major || 'unknown'}.`];
}

export function maven() {
  const { error, status } = spawnSync('mvn', ['-v'], { stdio: 'ignore' });
  return error || status !== 0 ? ['Maven is needed once, to fetch Kafka, and there is no "mvn" on the PATH.'] : [];
}

export function memory(availableBytes, regions) {
  const gib = availableBytes / 2 ** 30;
  if (gib >= LEAST_MEMORY_GIB) return [];
  return [`${regions} regions need about ${LEAST_MEMORY_GIB} GiB of free memory, and there is ${gib.toFixed(1)} GiB.`];
}

/** What can be had without swapping. */
export function availableMemoryBytes() {
  try {
    // Linux counts caches as free only here.
    const kib = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
    if (kib) return Number(kib) * 1024;
  } catch {
    // Not Linux.
  }
  // macOS counts them as taken, everywhere: next to nothing is ever free there.
  return process.platform === 'darwin' ? totalmem() : freemem();
}
