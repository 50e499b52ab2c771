import type { RegionId } from '@meridian/regions';
import type { HeldOrder } from '@meridian/test-harness';
import type { SentRequest } from './start-traffic.ts';

export interface MissingWrites {
  orderIds: string[];
  /**
   * How far back the oldest of them was acknowledged, counted from the loss or, where that was later, from the last that the
   * lost region acknowledged; 0 when none is missing.
   */
  rpoMs: number;
}

type Acknowledged = Pick<SentRequest, 'outcome' | 'servedBy' | 'orderId' | 'endedAtMs'>;

/**
 * What `lost` had acknowledged and none of the survivors has: the price of an unplanned failover. `lostAtMs` is when its death
 * was asked for; what it acknowledged until it came had the least time to be copied, and counts. `requests` of until it returns.
 */
export function missingWrites(
  requests: readonly Acknowledged[],
  lost: RegionId,
  lostAtMs: number,
  heldBySurvivors: readonly HeldOrder[],
): MissingWrites {
  const held = new Set(heldBySurvivors.map(({ id }) => id));
  const acknowledged = requests.filter(
    ({ outcome, servedBy, orderId }) => outcome === 'ok' && servedBy === lost && orderId !== undefined,
  );
  const missing = acknowledged.filter(({ orderId }) => !held.has(orderId as string));
  const lastMs = Math.max(lostAtMs, ...acknowledged.map(({ endedAtMs }) => endedAtMs));
  const oldestMs = Math.min(lastMs, ...missing.map(({ endedAtMs }) => endedAtMs));
  return { orderIds: missing.map(({ orderId }) => orderId as string), rpoMs: Math.round(lastMs - oldestMs) };
}

/** `lost`: what some region lacks in the end of what was acknowledged, as `judgeOrders` tells it. */
export function rpoSentence({ orderIds, rpoMs }: MissingWrites, lost: readonly string[]): string {
  const gone = orderIds.filter((id) => lost.some((one) => one.endsWith(id)));
  return `${orderIds.length} writes, ${rpoMs} ms; ${orderIds.length - gone.length} came back with the region, ${gone.length} lost`;
}
