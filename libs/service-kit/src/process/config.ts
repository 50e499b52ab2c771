import { DEPLOYMENTS } from '@meridian/regions';
import { z } from 'zod';
import { exitWith } from './exit.ts';

/** What every process of Meridian is told by its environment. A `*.config.ts` spreads this into its own schema. */
export const commonConfig = {
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(1).max(65_535),
  MERIDIAN_TOPOLOGY: z.string().min(1),
  /** Where the others are found: by ports of this machine, or by host names of containers. */
  MERIDIAN_DEPLOYMENT: z.enum(DEPLOYMENTS).default('local'),
  MERIDIAN_PORT_OFFSET: z.coerce.number().int().min(0).max(900).multipleOf(100).default(0),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
};

/** For processes that belong to a region. */
export const regionalConfig = { ...commonConfig, MERIDIAN_REGION: z.string().min(1) };

/** A comma-separated list of `host:port`. */
export const brokersSchema = z
  .string()
  .transform((text) => text.split(',').map((broker) => broker.trim()))
  .pipe(z.array(z.string().regex(/^[^\s:]+:\d+$/, 'a broker is host:port')).min(1));

/** Parses the environment. Throws one sentence that names every variable that is missing or wrong. */
export function parseConfig<T extends z.ZodType>(
  schema: T,
  env: Readonly<Record<string, string | undefined>>,
): z.infer<T> {
  const result = schema.safeParse(env);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => {
    // A variable may be a list; the fault of a part of it is the variable's.
    const name = String(issue.path[0]);
    return env[name] === undefined ? `${name} is not set` : `${name}: ${issue.message}`;
  });
  throw new Error(`The environment is not right: ${faults.join('; ')}.`);
}

/** Like `parseConfig`, but ends the process with that sentence. */
export function readConfig<T extends z.ZodType>(
  schema: T,
  env: Readonly<Record<string, string | undefined>>,
): z.infer<T> {
  try {
    return parseConfig(schema, env);
  } catch (failure) {
    return exitWith((failure as Error).message);
  }
}
