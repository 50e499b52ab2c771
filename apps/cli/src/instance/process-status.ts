import { z } from 'zod';

/** A process of the instance, as whoever supervises it tells of it: the local runner, or Docker. */
const processStatus = z.object({
  name: z.string(),
  kind: z.string(),
  region: z.string().nullish(),
  pid: z.number().nullish(),
  state: z.string(),
  restarts: z.number(),
  rssBytes: z.number().nullish(),
  port: z.number().nullish(),
});
export type ProcessStatus = z.infer<typeof processStatus>;

export const runnerStatus = z.object({ profile: z.string(), processes: z.array(processStatus) });
export type RunnerStatus = z.infer<typeof runnerStatus>;
