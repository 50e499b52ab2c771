import type { RegionId } from '@meridian/regions';
import { ordersHeld } from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import { ordersOf } from '../traffic/orders-of.ts';
import type { Traffic } from '../traffic/start-traffic.ts';

/** It starts, becomes equal and is taken back step by step, on a machine that is busy with all of that. */
const SERVES_WITHIN_MS = 120_000;

/**
 * Waits until the region answers a client, and says which orders of before `returningAtMs` it did not have then. Looked at in
 * its database, so that it does not depend on what a command says of it.
 */
export async function lackedWhenItServed(region: RegionId, traffic: Traffic, returningAtMs: number): Promise<string[]> {
  const acknowledged = ordersOf(traffic.requests).filter(({ outcome }) => outcome === 'ok');
  await eventually(
    () => {
      const isServing = traffic.requests.some((r) => r.servedBy === region && r.sentAtMs >= returningAtMs);
      if (!isServing) throw new Error(`${region} serves nobody`);
    },
    { withinMs: SERVES_WITHIN_MS, everyMs: 20 },
  );
  const held = await ordersHeld(
    region,
    acknowledged.map(({ customerId }) => customerId),
  );
  const ids = new Set(held.map(({ id }) => id));
  return acknowledged.flatMap(({ orderId = 'without an id' }) => (ids.has(orderId) ? [] : [orderId]));
}
