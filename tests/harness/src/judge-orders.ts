import type { RegionId } from '@meridian/regions';
import type { HeldOrder } from './held.ts';
import type { Operation } from './workload.ts';

export interface OrderVerdict {
  /** Acknowledged, and not there: region and order. */
  lost: string[];
  /** Customers with more than one order, wherever these are. */
  doubled: string[];
}

/** I2 and I4, once the regions have converged. Every operation of the history has a customer of its own. */
export function judgeOrders(
  history: Pick<Operation, 'customerId' | 'outcome' | 'orderId'>[],
  heldByRegion: Record<RegionId, HeldOrder[]>,
): OrderVerdict {
  const acknowledged = history.filter((o) => o.outcome === 'ok').map((o) => o.orderId);
  const lost = Object.entries(heldByRegion).flatMap(([region, held]) => {
    const ids = new Set<string | undefined>(held.map((order) => order.id));
    return acknowledged.filter((id) => !ids.has(id)).map((id) => `${region}: ${id}`);
  });
  const idsByCustomer = Map.groupBy(Object.values(heldByRegion).flat(), (order) => order.customerId);
  const doubled = history
    .map((o) => o.customerId)
    .filter((customerId) => new Set(idsByCustomer.get(customerId)?.map((order) => order.id)).size > 1);
  return { lost, doubled };
}
