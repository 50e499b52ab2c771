import { commonConfig, readConfig } from '@meridian/service-kit/process';
import { z } from 'zod';

/** `PORT` is the control API's; the links' ports follow from the topology and the port offset. */
const schema = z.object({
  ...commonConfig,
  /** Default: the topology's. */
  WAN_PROFILE: z.string().min(1).optional(),
});

export const readWanConfig = () => readConfig(schema, process.env);
