import { commonConfig, readConfig } from '@meridian/service-kit/process';
import { z } from 'zod';

/** `PORT` is the query API's. */
const schema = z.object({
  ...commonConfig,
  /** Where exporters send their spans. */
  OTLP_PORT: z.coerce.number().int().min(1).max(65_535).default(4318),
});

export const readConsoleConfig = () => readConfig(schema, process.env);
