import { createServer } from 'node:net';
import { hasKafkaJars } from '@meridian/kafka-cluster';
import { EDGE, type LocalAddresses, type Topology } from '@meridian/regions';
import * as machine from '../machine.mjs';
import type { LocalPaths } from './paths.ts';

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
    ...machine.node(process.versions.node),
    ...machine.jdk(machine.javaSays()),
    ...((await hasKafkaJars(paths.cache)) ? [] : machine.maven()),
    ...machine.memory(machine.availableMemoryBytes(), topology.regions.length),
    ...(await ports(portsByUse(topology, addresses).filter(({ port }) => port !== addresses.runner.port))),
  ];
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
      { port: at.control.port, use: `${id}'s control` },
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
