import { RegionalServiceConfig, readServiceConfig, regionalServiceEnvironment } from '@meridian/service-kit/process';
import { z } from 'zod';

const environment = regionalServiceEnvironment.extend({ CATALOG_URL: z.url() });

/** What this process was told. */
export class OrderConfig extends RegionalServiceConfig {
  /** The catalog of this region. */
  readonly catalogUrl: string;

  constructor(env: z.infer<typeof environment>) {
    super(env);
    this.catalogUrl = env.CATALOG_URL;
  }
}

/** Ends the process with one plain sentence when the environment is not right. */
export const readOrderConfig = () => readServiceConfig(environment, OrderConfig, process.env);
