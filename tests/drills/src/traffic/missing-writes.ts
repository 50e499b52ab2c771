import type { RegionId } from '@meridian/regions';
import type { HeldOrder } from '@meridian/test-harness';
import type { SentRequest } from './start-traffic.ts';

export interface MissingWrites {
  orderIds: string[];
  /** How far back the oldest of them was acknowledged, counted from the loss; 0 when none is missing. */
  rpoMs: number;
}

type Acknowledged = Pick<SentRequest, 'outcome' | 'servedBy' | 'orderId' | 'endedAtMs'>;

/** What `lost` had acknowledged until `lostAtMs` and none of the survivors has: the price of an unplanned failover. */
export function missingWrites(
  requests: readonly Acknowledged[],
  lost: RegionId,
  lostAtMs: number,
  heldBySurvivors: readonly HeldOrder[],
): MissingWrites {
  const held = new Set(heldBySurvivors.map(({ id }) => id));
  const missing = requests.filter(
    ({ outcome, servedBy, orderId }) =>
      outcome === 'ok' && servedBy === lost && orderId !== undefined && !held.has(orderId),
  );
  const oldestMs = Math.min(lostAtMs, ...missing.map(({ endedAtMs }) => endedAtMs));
  return { orderIds: missing.map(({ orderId }) => orderId as string), rpoMs: Math.round(lostAtMs - oldestMs) };
}
