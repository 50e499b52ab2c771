import { localHour, type Mode, type RegionId } from '@meridian/regions';
import { topology } from '@meridian/test-harness';

const NOON = 12;
const HOUR_MS = 3_600_000;

/** The mode, on a day that begins with the noon of its primary and goes `speed` times as fast as the real one. */
export function followTheSunFromNoonOf(primary: RegionId, speed: number): Mode {
  const zone = topology.regions.find(({ id }) => id === primary)?.timeZone;
  if (zone === undefined) throw new Error(`The topology has no region "${primary}".`);
  const nowMs = Date.now();
  const startsAtMs = nowMs + (NOON - localHour(zone, nowMs)) * HOUR_MS;
  return { kind: 'follow-the-sun', primary, clock: { realStartMs: nowMs, startsAtMs, speed } };
}
