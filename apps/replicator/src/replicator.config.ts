import { brokersSchema, readConfig, regionalConfig } from '@meridian/service-kit/process';
import { z } from 'zod';

/** Where the other regions' clusters are reached follows from the topology and the port offset. */
const schema = z.object({
  ...regionalConfig,
  /** The cluster of this region, into which is copied. */
  KAFKA_BROKERS: brokersSchema,
});

export const readReplicatorConfig = () => readConfig(schema, process.env);
