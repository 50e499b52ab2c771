import { randomUUID } from 'node:crypto';
import { floorsOf } from '../instance/wan.ts';
import { type ObservedStep, observe } from '../order/observe-arrivals.ts';
import { anySku, placeOrder } from '../order/place-order.ts';
import type { Session } from '../session.ts';

/**
 * One order through the edge in each region, one after the other so that none waits for another. Each client stands
 * where its region stands, and is routed there because that is nearest.
 */
export async function* placeFirstOrders(session: Session, signal?: AbortSignal): AsyncGenerator<ObservedStep> {
  const floorMs = await floorsOf(session);
  const sku = await anySku(session);
  for (const { location } of session.topology.regions)
    yield await observe(
      session,
      floorMs,
      () =>
        placeOrder(session, {
          request: { customerId: randomUUID(), lines: [{ sku, quantity: 1 }] },
          location: `${location.lat},${location.lon}`,
        }),
      { signal },
    );
}
