import type { RegionClock } from '@meridian/replication';
import { currentTraceparent, parseTraceparent } from '@meridian/telemetry';
import type { Stamp } from './domain/escrow.ts';

/** When, where and, for who looks into a conflict later, in which trace a decision is made now. */
export function stampOf(clock: RegionClock): Stamp {
  const { hlc, region } = clock.stamp();
  const traceparent = currentTraceparent();
  const trace = traceparent?.endsWith('-01') ? parseTraceparent(traceparent)?.traceId : undefined;
  return { hlc, region, ...(trace !== undefined && { trace }) };
}
