import { type RegionId, SERVICE_NAMES } from '@meridian/regions';
import { type ProcessState, processes } from '@meridian/test-harness';

export interface Running {
  processes: number;
  /** Of memory, as the runner counts it. */
  bytes: number;
  /** By name. */
  services: string[];
}

/** What of these regions runs now, as the runner sees it. */
export async function runningIn(regions: readonly RegionId[]): Promise<Running> {
  const running = (await processes()).filter(
    ({ region, state }) => state === 'running' && region !== undefined && regions.includes(region),
  );
  const isService = ({ kind }: ProcessState) => SERVICE_NAMES.some((service) => service === kind);
  return {
    processes: running.length,
    bytes: running.reduce((sum, { rssBytes = 0 }) => sum + rssBytes, 0),
    services: running.filter(isService).map(({ name }) => name),
  };
}

/** `6 of 14 processes, 650 of 1520 MB`. */
export function putBySentence(before: Running, after: Running): string {
  const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20);
  return `${before.processes - after.processes} of ${before.processes} processes, ${megabytes(before.bytes - after.bytes)} of ${megabytes(before.bytes)} MB`;
}
