import type { LagResponse } from '@meridian/contracts';
import type { RegionId } from '@meridian/regions';

/** Commit in `origin` until applied in `reader`, over the last events of one service. */
export interface PairLag {
  service: string;
  origin: RegionId;
  reader: RegionId;
  count: number;
  minMs: number | null;
  p50Ms: number | null;
  p99Ms: number | null;
  floorMs: number;
  /** Nothing that took the link can be this fast. */
  tooFast: boolean;
}

export function judgeLag(
  answers: readonly LagResponse[],
  floorMs: (origin: RegionId, reader: RegionId) => number,
): PairLag[] {
  return answers.flatMap(({ service, region: reader, byOrigin }) =>
    Object.entries(byOrigin)
      .filter(([origin]) => origin !== reader)
      .map(([origin, { count, minMs, p50Ms, p99Ms }]) => {
        const floor = floorMs(origin, reader);
        return {
          service,
          origin,
          reader,
          count,
          minMs,
          p50Ms,
          p99Ms,
          floorMs: floor,
          tooFast: minMs !== null && minMs < floor,
        };
      }),
  );
}

export function lagFaults(lags: readonly PairLag[]): string[] {
  return lags
    .filter((lag) => lag.tooFast)
    .map(
      (lag) =>
        `${lag.service}: an event of ${lag.origin} was applied in ${lag.reader} after ${lag.minMs?.toFixed(1)} ms, below the link's ` +
        `RTT/2 of ${lag.floorMs.toFixed(1)} ms: something bypasses the WAN, or a clock is wrong.`,
    );
}
