import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { freemem } from 'node:os';
import { hasKafkaJars } from '@meridian/kafka-cluster';
import { EDGE, type LocalAddresses, type Topology } from '@meridian/regions';
import type { LocalPaths } from './paths.ts';

const LEAST_NODE = 22;
const LEAST_JDK = 17;
const LEAST_MEMORY_GIB = 2.5;

/**
 * What is missing to start, one plain sentence each; empty when nothing is. The runner's own port is not among the ports
 * looked at: who starts binds it first.
 */
export async function checkPrerequisites(
  topology: Topology,
  addresses: LocalAddresses,
  paths: LocalPaths,
): Promise<string[]> {
  return [
    ...node(process.versions.node),
    ...jdk(javaSays()),
    ...((await hasKafkaJars(paths.cache)) ? [] : maven()),
    ...memory(availableMemoryBytes(), topology.regions.length),
    ...(await ports(portsByUse(topology, addresses).filter(({ port }) => port !== addresses.runner.port))),
  ];
}

export function node(version: string): string[] {
  if (Number(version.split('.')[0]) >= LEAST_NODE) return [];
  return [
    `Node ${LEAST_NODE} or later is needed to run the services, this is ${version}: on Linux "npm ci" brings it, elsewhere install it.`,
  ];
}

/** What `java -version` says; undefined when there is none. */
function javaSays(): string | undefined {
  const { error, stderr, status } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  return error || status !== 0 ? undefined : stderr;
}

export function jdk(said: string | undefined): string[] {
  if (said === undefined)
    return [`A JDK ${LEAST_JDK} or later is needed to run Kafka, and there is no working "java" on the PATH.`];
  // "17.0.15", "21", "25-ea", and "1.8.0_402" of old.
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(said) ?? [];
  const major = first === '1' ? Number(second) : Number(first);
  if (major >= LEAST_JDK) return [];
  return [`A JDK ${LEAST_JDK} or later is needed to run Kafka; "java" is version ${major || 'unknown'}.`];
}

function maven(): string[] {
  const { error, status } = spawnSync('mvn', ['-v'], { stdio: 'ignore' });
  return error || status !== 0 ? ['Maven is needed once, to fetch Kafka, and there is no "mvn" on the PATH.'] : [];
}

export function memory(availableBytes: number, regions: number): string[] {
  const gib = availableBytes / 2 ** 30;
  if (gib >= LEAST_MEMORY_GIB) return [];
  return [`${regions} regions need about ${LEAST_MEMORY_GIB} GiB of free memory, and there is ${gib.toFixed(1)} GiB.`];
}

/** What can be had without swapping; Linux counts caches as free only here. */
function availableMemoryBytes(): number {
  try {
    const kib = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
    if (kib) return Number(kib) * 1024;
  } catch {
    // Not Linux.
  }
  return freemem();
}

export async function ports(wanted: { port: number; use: string }[]): Promise<string[]> {
  const free = await Promise.all(wanted.map(({ port }) => isFree(port)));
  const taken = wanted.filter((_, i) => !free[i]);
  if (taken.length === 0) return [];
  const named = taken.slice(0, 3).map(({ port, use }) => `${port} (for ${use})`);
  const more = taken.length > 3 ? ` and ${taken.length - 3} more` : '';
  const noun = taken.length === 1 ? 'Port' : 'Ports';
  return [`${noun} ${named.join(', ')}${more} ${taken.length === 1 ? 'is' : 'are'} taken by another program.`];
}

/** Every port of a run, and what it is for. */
export function portsByUse(topology: Topology, addresses: LocalAddresses): { port: number; use: string }[] {
  const regional = topology.regions.flatMap(({ id }) => {
    const at = addresses.regions[id];
    if (!at) return [];
    return [
      { port: at.postgres.port, use: `${id}'s PostgreSQL` },
      { port: at.kafka.local.port, use: `${id}'s Kafka` },
      { port: at.kafka.controller.port, use: `${id}'s Kafka controller` },
      ...Object.entries(at.kafka.wan).map(([remote, { listen }]) => ({
        port: listen.port,
        use: `${id}'s Kafka for ${remote}`,
      })),
      ...Object.entries(at.services).map(([service, { port }]) => ({ port, use: `${id}'s ${service} service` })),
      { port: at.replicator.port, use: `${id}'s replicator` },
    ];
  });
  return [
    { port: addresses.edge.port, use: `the ${EDGE}` },
    { port: addresses.traceQuery.port, use: 'trace queries' },
    { port: addresses.otlp.port, use: 'OTLP' },
    { port: addresses.wanControl.port, use: "the WAN's control" },
    { port: addresses.runner.port, use: 'the runner' },
    ...regional,
    ...addresses.links.map((link) => ({ port: link.listen.port, use: `the link ${link.id}` })),
  ];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
