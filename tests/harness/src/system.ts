import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type LocalAddresses,
  localAddresses,
  parseTopology,
  type RegionId,
  regionIds,
  type Topology,
} from '@meridian/regions';
import { deployment } from './deployment.config.ts';

/**
 * The system under test as its users know it: addresses from the topology, nothing else. Tests run on a set of regions
 * of their own, beside one that may be running for a person; containers publish the ports that have no offset.
 */
export const TEST_PORT_OFFSET = 200;

export const repositoryRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

export const topology: Topology = parseTopology(
  JSON.parse(readFileSync(path.join(repositoryRoot, 'infra/topology.json'), 'utf8')),
);

export const addresses: LocalAddresses = localAddresses(topology, deployment === 'compose' ? 0 : TEST_PORT_OFFSET);

export const regions: RegionId[] = regionIds(topology);

/** A city whose nearest region is the one named; for `x-client-location`. */
export function placeIn(region: RegionId): string {
  const found = topology.regions.find((r) => r.id === region);
  if (!found) throw new Error(`There is no region "${region}".`);
  return `${found.location.lat},${found.location.lon}`;
}

/** All ordered pairs of regions: origin, destination. */
export const directedPairs: [RegionId, RegionId][] = regions.flatMap((origin) =>
  regions.filter((other) => other !== origin).map((other): [RegionId, RegionId] => [origin, other]),
);
