import type { RegionId } from '@meridian/regions';

/** When a write became readable in a region other than the one that took it. Times in epoch ms with fractions. */
export interface Sighting {
  region: RegionId;
  /** Undefined: not seen before the deadline. */
  seenAtMs?: number;
  /** Why it could not be looked at, when the region's service did not answer at the end. */
  trouble?: string;
}

export interface Arrival {
  region: RegionId;
  /** From the write's commit until readable; null when it was not seen. */
  afterMs: number | null;
  /** RTT/2 of the link: nothing that took the link can be here sooner. */
  floorMs: number;
  verdict: 'arrived' | 'too-early' | 'not-seen';
  trouble?: string;
}

/**
 * When the write was committed, as far as a client can tell: the time that the service states, but never before the
 * request left nor after the answer came. It is a little before the commit (the service reads its clock first), so a
 * lag counted from it is never too short, and a lag below RTT/2 is no artefact.
 */
export function commitTimeMs(times: { sentAtMs: number; answeredAtMs: number; statedAt: string }): number {
  const stated = Date.parse(times.statedAt);
  if (Number.isNaN(stated)) return times.sentAtMs;
  return Math.min(Math.max(stated, times.sentAtMs), times.answeredAtMs);
}

export function judgeArrival(sighting: Sighting, committedAtMs: number, floorMs: number): Arrival {
  const { region, seenAtMs, trouble } = sighting;
  if (seenAtMs === undefined) return { region, afterMs: null, floorMs, verdict: 'not-seen', trouble };
  const afterMs = Math.max(0, seenAtMs - committedAtMs);
  return { region, afterMs, floorMs, verdict: afterMs < floorMs ? 'too-early' : 'arrived' };
}

/** One sentence per arrival that is not as it must be. */
export function arrivalFaults(origin: RegionId, arrivals: readonly Arrival[]): string[] {
  return arrivals.flatMap((arrival) => {
    if (arrival.verdict === 'too-early')
      return [
        `The order of ${origin} was readable in ${arrival.region} after ${arrival.afterMs?.toFixed(1)} ms, below the link's ` +
          `RTT/2 of ${arrival.floorMs.toFixed(1)} ms: something bypasses the WAN, or a clock is wrong.`,
      ];
    if (arrival.verdict === 'not-seen')
      return [
        `The order of ${origin} did not become readable in ${arrival.region}${arrival.trouble ? ` (${arrival.trouble})` : ''}.`,
      ];
    return [];
  });
}
