import { readFileSync } from 'node:fs';
import { parseTopology, type RegionId, regionOf, type Topology } from '@meridian/regions';

/** Where the image has Kafka's jars, and where a container may write. */
const [JARS, DIR] = ['/opt/kafka/libs', '/tmp/mirror-maker'];

export interface MirrorMakerConfig {
  topology: Topology;
  region: RegionId;
  jars: string;
  dir: string;
}

/** Throws one plain sentence when something is missing or wrong. */
export function readMirrorMakerConfig(env: NodeJS.ProcessEnv = process.env): MirrorMakerConfig {
  const told = (name: string): string => {
    const value = env[name];
    if (!value) throw new Error(`${name} is not set.`);
    return value;
  };
  const topology = parseTopology(JSON.parse(readFileSync(told('MERIDIAN_TOPOLOGY'), 'utf8')));
  return { topology, region: regionOf(topology, told('MERIDIAN_REGION')).id, jars: JARS, dir: DIR };
}
