import { type RegionId, SERVICE_NAMES } from '@meridian/regions';
import type { ProcessStatus } from '../instance/process-status.ts';
import { runnerStatusOf, tellRunner } from '../instance/runner.ts';
import { until } from '../procedure/until-known.ts';
import type { Session } from '../session.ts';

/**
 * The services of regions that stand by. What runs in pilot light without them is what keeps the data: PostgreSQL, Kafka
 * and the replicator, so that the log is there when they start and read on from where they were; and control, for its vote.
 */
const RUNS_WITHIN_MS = 90_000;

/** Stops them in order, and leaves them down. What they took is in `rssBytes` of each, where it is known. */
export async function stopServices(session: Session, regions: readonly RegionId[]): Promise<ProcessStatus[]> {
  const running = servicesIn(regions, (await runnerStatusOf(session, { memory: true })).processes).filter(isUp);
  await Promise.all(running.map(({ name }) => tellRunner(session, '/stop', { target: name })));
  return running;
}

/** Starts those that do not run; resolves with their names when all serve. */
export async function startServices(session: Session, regions: readonly RegionId[]): Promise<string[]> {
  const down = servicesIn(regions, (await runnerStatusOf(session)).processes).filter((one) => !isUp(one));
  await Promise.all(down.map(({ name }) => tellRunner(session, '/restart', { target: name })));
  let late: ProcessStatus[] = [];
  const look = async () => {
    late = servicesIn(regions, (await runnerStatusOf(session)).processes).filter((one) => one.state !== 'running');
    return late.length === 0 ? (true as const) : undefined;
  };
  const sentence = () => late.map(({ name, state }) => `${name} is ${state}`).join(', ');
  await until(look, RUNS_WITHIN_MS, () => `After ${RUNS_WITHIN_MS / 1_000} s ${sentence()}.`);
  return down.map(({ name }) => name);
}

function servicesIn(regions: readonly RegionId[], processes: readonly ProcessStatus[]): ProcessStatus[] {
  const names = new Set(regions.flatMap((region) => SERVICE_NAMES.map((service) => `${region}/${service}`)));
  return processes.filter(({ name }) => names.has(name));
}

function isUp({ state }: ProcessStatus): boolean {
  return state !== 'stopped' && state !== 'killed';
}
