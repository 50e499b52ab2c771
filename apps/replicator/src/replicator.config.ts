import { REPLICATION_ENGINES } from '@meridian/contracts';
import { brokersSchema, readConfig, regionalConfig } from '@meridian/service-kit/process';
import { z } from 'zod';

/** Where the other regions' clusters are reached follows from the topology and the port offset. */
const schema = z.object({
  ...regionalConfig,
  /** The cluster of this region, into which is copied. */
  KAFKA_BROKERS: brokersSchema,
  /** The engine; one that goes on for another begins where that was. */
  MERIDIAN_REPLICATOR: z.enum(REPLICATION_ENGINES).default('verbatim'),
  /** Whether there are several in the region, which divide the partitions among themselves (our own engines alone). */
  MERIDIAN_REPLICATOR_SHARED: z.stringbool().default(false),
  /** For `mirrormaker2`: a file of what `java` is told to run it. */
  MERIDIAN_MIRRORMAKER2: z.string().min(1).optional(),
});

export const readReplicatorConfig = () => readConfig(schema, process.env);
