import {
  type Addresses,
  addressesIn,
  otherRegionIds,
  type RegionId,
  regionIds,
  regionOf,
  SERVICE_NAMES,
  type ServiceName,
  type Topology,
  urlOf,
  wanLink,
} from '@meridian/regions';
import { readServiceConfig, readTopology, regionalConfig } from '@meridian/service-kit/process';
import { z } from 'zod';

const environment = z.object({ ...regionalConfig, DATABASE_URL: z.url() });

/** What this process was told. */
export class ControlConfig {
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  readonly topology: Topology;
  readonly region: RegionId;
  readonly otherRegions: readonly RegionId[];
  readonly allRegions: readonly RegionId[];
  readonly databaseUrl: string;
  readonly services: readonly ServiceName[] = SERVICE_NAMES;
  readonly #addresses: Addresses;

  constructor(env: z.infer<typeof environment>) {
    const topology = readTopology(env.MERIDIAN_TOPOLOGY);
    this.topology = topology;
    this.host = env.HOST;
    this.port = env.PORT;
    this.logLevel = env.LOG_LEVEL;
    this.region = regionOf(topology, env.MERIDIAN_REGION).id;
    this.otherRegions = otherRegionIds(topology, this.region);
    this.allRegions = regionIds(topology);
    this.databaseUrl = env.DATABASE_URL;
    this.#addresses = addressesIn(env.MERIDIAN_DEPLOYMENT, topology, env.MERIDIAN_PORT_OFFSET);
  }

  /** Where the control of another region is reached from here: its link. Throws when there is no such region. */
  controlUrlIn(other: RegionId): string {
    return urlOf(wanLink(this.#addresses, this.region, other, 'control').listen);
  }

  /** Where a service of this region listens. */
  serviceUrl(service: ServiceName): string {
    const here = this.#addresses.regions[this.region];
    if (!here) throw new Error(`There are no addresses for the region "${this.region}".`);
    return urlOf(here.services[service]);
  }
}

/** Ends the process with one plain sentence when the environment is not right. */
export const readControlConfig = () => readServiceConfig(environment, ControlConfig, process.env);
