import {
  type Addresses,
  addressesIn,
  otherRegionIds,
  type RegionId,
  regionOf,
  type ServiceName,
  urlOf,
  wanLink,
} from '@meridian/regions';
import { z } from 'zod';
import { brokersSchema, readConfig, regionalConfig } from './config.ts';
import { exitWith } from './exit.ts';
import { readTopology } from './topology.ts';

/** The environment of a service with a database and a cluster; a service adds its own variables with `.extend`. */
export const regionalServiceEnvironment = z.object({
  ...regionalConfig,
  DATABASE_URL: z.url(),
  KAFKA_BROKERS: brokersSchema,
  /** How long a request of a session may wait for what has not arrived, before another region is asked. */
  MERIDIAN_SESSION_WAIT_MS: z.coerce.number().int().min(0).max(10_000).default(1_000),
  /**
   * Whether this region has a control: then the service does not serve before it was told who may. Without one, every
   * region may, as in the first table.
   */
  MERIDIAN_CONTROL: z.enum(['none', 'required']).default('none'),
  /**
   * What a database without data is taken for: `hear-others` asks every other region first, as it may have been lost;
   * `trust` takes it for a new one, as in tests of a service alone.
   */
  MERIDIAN_NEW_DISK: z.enum(['hear-others', 'trust']).default('trust'),
  /** Default: the service's name. Needed only where two regions share a cluster, as in tests. */
  KAFKA_CONSUMER_GROUP: z.string().min(1).optional(),
});

/** What such a service was told. A class, so that it can be injected. Throws when its region is not in the topology. */
export class RegionalServiceConfig {
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  readonly region: RegionId;
  readonly otherRegions: RegionId[];
  readonly databaseUrl: string;
  readonly brokers: string[];
  readonly sessionWaitMs: number;
  readonly control: 'none' | 'required';
  readonly newDisk: 'hear-others' | 'trust';
  readonly consumerGroup: string | undefined;
  readonly #addresses: Addresses;

  constructor(env: z.infer<typeof regionalServiceEnvironment>) {
    const topology = readTopology(env.MERIDIAN_TOPOLOGY);
    this.host = env.HOST;
    this.port = env.PORT;
    this.logLevel = env.LOG_LEVEL;
    this.region = regionOf(topology, env.MERIDIAN_REGION).id;
    this.otherRegions = otherRegionIds(topology, this.region);
    this.databaseUrl = env.DATABASE_URL;
    this.brokers = env.KAFKA_BROKERS;
    this.sessionWaitMs = env.MERIDIAN_SESSION_WAIT_MS;
    this.control = env.MERIDIAN_CONTROL;
    this.newDisk = env.MERIDIAN_NEW_DISK;
    this.consumerGroup = env.KAFKA_CONSUMER_GROUP;
    this.#addresses = addressesIn(env.MERIDIAN_DEPLOYMENT, topology, env.MERIDIAN_PORT_OFFSET);
  }

  /** Where a service of another region is reached from here: its link. Throws when there is no such region. */
  urlIn(other: RegionId, service: ServiceName): string {
    return urlOf(wanLink(this.#addresses, this.region, other, service).listen);
  }
}

/** Reads the environment into the service's own configuration, or ends the process with one plain sentence. */
export function readServiceConfig<Environment extends z.ZodType, Config>(
  environment: Environment,
  Configuration: new (env: z.infer<Environment>) => Config,
  env: Readonly<Record<string, string | undefined>>,
): Config {
  const told = readConfig(environment, env);
  try {
    return new Configuration(told);
  } catch (failure) {
    return exitWith((failure as Error).message);
  }
}
