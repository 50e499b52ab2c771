import { type RegionId, rttMs, type ServiceName } from '@meridian/regions';
import {
  directedPairs,
  eventsApplied,
  expectConvergence,
  inEveryRegion,
  regions,
  topology,
} from '@meridian/test-harness';

/**
 * How long a service's regions take to be equal after a heal, against the least that they could take: what had piled up,
 * at the rate at which it was worked off, and half a round trip for its last event.
 */
export interface Convergence {
  ms: number;
  figures: Record<string, string>;
}

const SAMPLE_MS = 100;
/** Shorter would take one large batch for the rate. */
const RATE_WINDOW_MS = 500;

export async function convergenceOf(service: ServiceName, withinMs: number): Promise<Convergence> {
  const started = performance.now();
  const samples: { atMs: number; applied: Record<RegionId, number> }[] = [];
  let watching = true;
  const watch = (async () => {
    while (watching) {
      const applied = await inEveryRegion((region) => eventsApplied(region, service));
      samples.push({ atMs: performance.now() - started, applied });
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
    }
  })();
  try {
    await expectConvergence(withinMs);
  } finally {
    watching = false;
    await watch;
  }
  const ms = Math.round(performance.now() - started);
  const floors = regions.map((region) => {
    const first = samples[0]?.applied[region] ?? 0;
    const last = samples.at(-1)?.applied[region] ?? 0;
    const backlog = last - first;
    const perSecond = steepest(samples.map((s) => ({ atMs: s.atMs, count: s.applied[region] ?? 0 })));
    const halfTripMs = Math.max(
      ...directedPairs
        .filter(([, to]) => to === region)
        .map(([from]) => rttMs(topology, topology.defaultProfile, from, region) / 2),
    );
    return {
      region,
      backlog,
      perSecond,
      floorMs: perSecond > 0 ? (backlog / perSecond) * 1000 + halfTripMs : halfTripMs,
    };
  });
  const slowest = floors.toSorted((a, b) => b.floorMs - a.floorMs)[0];
  const floorMs = Math.round(slowest?.floorMs ?? 0);
  return {
    ms,
    figures: {
      'equal after the heal': `${ms} ms`,
      'backlog ÷ drain rate + RTT/2': `${floorMs} ms (${slowest?.backlog} events at ${Math.round(slowest?.perSecond ?? 0)}/s in ${slowest?.region}), ratio ${(ms / Math.max(1, floorMs)).toFixed(2)}`,
    },
  };
}

/** The highest rate over a window, in events per second. */
function steepest(counts: readonly { atMs: number; count: number }[]): number {
  return Math.max(
    0,
    ...counts.flatMap((from) => {
      const to = counts.find((c) => c.atMs >= from.atMs + RATE_WINDOW_MS);
      return to ? [((to.count - from.count) * 1000) / (to.atMs - from.atMs)] : [];
    }),
  );
}
