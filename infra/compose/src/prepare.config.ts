import { readFileSync } from 'node:fs';
import { type TopicCompression, topicCompressionOf } from '@meridian/contracts';
import { parseTopology, type RegionId, regionOf, type Topology } from '@meridian/regions';

/** What the job was told. The only reader of the environment here. */
export interface PrepareConfig {
  topology: Topology;
  region: RegionId;
  /** The server; each service, and control, has a database of its name in it. */
  postgresUrl: URL;
  brokers: string[];
  /** Of the region's own topics. */
  topicCompression: TopicCompression;
}

/** Throws one plain sentence when something is missing or wrong. */
export function readPrepareConfig(env: NodeJS.ProcessEnv = process.env): PrepareConfig {
  const told = (name: string): string => {
    const value = env[name];
    if (!value) throw new Error(`${name} is not set.`);
    return value;
  };
  const topology = parseTopology(JSON.parse(readFileSync(told('MERIDIAN_TOPOLOGY'), 'utf8')));
  return {
    topology,
    region: regionOf(topology, told('MERIDIAN_REGION')).id,
    postgresUrl: new URL(told('POSTGRES_URL')),
    brokers: told('KAFKA_BROKERS').split(','),
    topicCompression: topicCompressionOf(env.MERIDIAN_TOPIC_COMPRESSION),
  };
}
