import { type RegionId, rttMs, type ServiceName } from '@meridian/regions';
import { directedPairs, expectConvergence, regions, topology, watchEventsApplied } from '@meridian/test-harness';
import { cpuByKind, cpuPerOperation } from './cpu-by-kind.ts';
import { type Count, lowestConvergence } from './lowest-convergence.ts';

/**
 * How long the regions take to be equal after a heal, against the least that they could take: what had piled up, at the
 * rate at which it was worked off, and half a round trip for its last event.
 */
export interface Convergence {
  ms: number;
  /** What was not equal in time; then `ms` is how long it was waited for. */
  failure: string | undefined;
  figures: Record<string, string>;
}

const SAMPLE_EVERY_MS = 100;

/** Throws when the regions are not equal in time. `service` is the one whose events had piled up; `heal` as below. */
export async function convergenceOf(
  service: ServiceName,
  withinMs: number,
  heal?: () => Promise<unknown>,
): Promise<Convergence> {
  const convergence = await measureConvergence([service], withinMs, heal);
  if (convergence.failure !== undefined) throw new Error(convergence.failure);
  return convergence;
}

/**
 * `services` are those whose events had piled up: the one that needs longest gives the floor. With `heal` the time counts
 * from when that begins, and nothing is applied unseen while the watch is set up.
 */
export async function measureConvergence(
  services: readonly ServiceName[],
  withinMs: number,
  heal: () => Promise<unknown> = async () => undefined,
): Promise<Convergence> {
  const watching = watchEventsApplied(regions, services, SAMPLE_EVERY_MS);
  const [watch, cpuBefore] = await Promise.all([watching, cpuByKind()]);
  const startedMs = performance.now();
  await heal();
  const failure = await expectConvergence(withinMs).then(
    () => undefined,
    (thrown: Error) => thrown.message,
  );
  const ms = Math.round(performance.now() - startedMs);
  const cpuAfter = await cpuByKind();
  const counts = await watch.stop();
  const floors = regions.flatMap((region) =>
    services.map((service) => {
      const mine: Count[] = counts
        .filter((c) => c.region === region && c.service === service)
        .map(({ atMs, applied }) => ({ atMs: atMs - startedMs, events: applied }));
      return { region, service, ...lowestConvergence(mine, halfTripTo(region)) };
    }),
  );
  const slowest = floors.toSorted((a, b) => b.floorMs - a.floorMs)[0];
  if (!slowest) throw new Error('Convergence is of at least one service.');
  const { backlog, perSecond, floorMs, firstAfterMs, service, region } = slowest;
  const lastAfterMs = Math.max(...floors.map((one) => one.lastAfterMs ?? 0));
  const applied = floors.reduce((sum, one) => sum + one.backlog, 0);
  const drained = `${backlog} events of ${service} at ${Math.round(perSecond)}/s in ${region}`;
  return {
    ms,
    failure,
    figures: {
      'equal after the heal': failure === undefined ? `${ms} ms` : `not within ${withinMs} ms`,
      'first event after the heal':
        firstAfterMs === undefined ? 'none was waiting' : `${Math.round(firstAfterMs)} ms there`,
      'last event anywhere': `${Math.round(lastAfterMs)} ms`,
      'backlog ÷ drain rate + RTT/2': `${Math.round(floorMs)} ms (${drained})`,
      'equal ÷ that': failure === undefined ? (ms / Math.max(1, floorMs)).toFixed(2) : 'never',
      // Of everything that runs, from the heal until all are equal: what a region does besides is in it, too.
      ...(cpuBefore && cpuAfter && applied > 0
        ? { [`CPU per event applied (${applied})`]: cpuPerOperation(cpuBefore, cpuAfter, applied) }
        : {}),
    },
  };
}

function halfTripTo(region: RegionId): number {
  const origins = directedPairs.filter(([, to]) => to === region).map(([from]) => from);
  return Math.max(...origins.map((from) => rttMs(topology, topology.defaultProfile, from, region) / 2));
}
