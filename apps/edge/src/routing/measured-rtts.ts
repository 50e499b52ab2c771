import { adoptRtts, type RegionId, type RttTable } from '@meridian/regions';
import type { Upstreams } from './upstreams.ts';

/** Probes are smoothed over seconds: to look more often would show nothing new. */
const LOOK_EVERY_MS = 250;

/** The round trips that requests follow: from the probes of all services, looked at as requests come. */
export class MeasuredRtts {
  readonly #upstreams: Upstreams;
  #adopted: RttTable = {};
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(upstreams: Upstreams) {
    this.#upstreams = upstreams;
  }

  /** The same object until a region is clearly elsewhere. */
  at(nowMs: number): RttTable {
    if (nowMs - this.#lookedAtMs >= LOOK_EVERY_MS) {
      this.#lookedAtMs = nowMs;
      const measured = this.#upstreams.regions.map((region) => [region, this.#rttMs(region)] as const);
      this.#adopted = adoptRtts(this.#adopted, Object.fromEntries(measured));
    }
    return this.#adopted;
  }

  /** The least of its services: they share the way, and one that is busy does not make the region far. */
  #rttMs(region: RegionId): number | null {
    const answered = this.#upstreams.inRegion(region).flatMap(({ probeMs }) => (probeMs === null ? [] : [probeMs]));
    return answered.length === 0 ? null : Math.min(...answered);
  }
}
