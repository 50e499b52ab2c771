import { heldIn, type OrderFacts, orderOf } from '@meridian/order/domain/order';
import type { World } from '../world/world.ts';
import type { Invariant } from './invariant.ts';

/**
 * I4: one order per idempotency key once all is told, its units held once (in the region that its placing names, and
 * nowhere else), and charged once, net of refunds. A cancelled one holds no units and costs nothing.
 */
export function oneOrderPerKey(): Invariant {
  /** By key: the ids under which it was placed. */
  const idsOf = new Map<string, Set<string>>();
  /** Orders and regions that placed them. */
  const placedIn = new Set<string>();
  return {
    name: 'I4 one order per key',
    observe(seen) {
      if (seen.kind === 'appended' && seen.record.type === 'meridian.order.placed.v1')
        placedIn.add(`${seen.record.key} ${seen.record.originRegion}`);
      if (seen.kind !== 'placed') return undefined;
      const ids = idsOf.get(seen.idempotencyKey) ?? new Set();
      idsOf.set(seen.idempotencyKey, ids.add(seen.orderId));
      return ids.size > 1 ? `the key ${seen.idempotencyKey} has made ${ids.size} orders` : undefined;
    },
    atRest({ regions }: World) {
      const [first] = regions;
      for (const [id, { state }] of first?.order.rows ?? []) {
        const wrong = unitsHeld(id, state, regions, placedIn) ?? netCharge(id, state, regions);
        if (wrong) return `${id} is ${orderOf(state).status}, ${wrong}`;
      }
      return undefined;
    },
  };
}

/**
 * Held by a region that never placed the order: its order service went down, or its answer was lost, between reserving and
 * placing, and the client's retry went to another region (the limit that apps/order/src/place-order/place-order.ts names).
 * Too few units are then sold, never too many.
 */
export function isOrphan(orderId: string, facts: OrderFacts, region: string, placedIn: ReadonlySet<string>): boolean {
  return !placedIn.has(`${orderId} ${region}`) && (!facts.placed || heldIn(facts.placed) !== region);
}

function unitsHeld(
  id: string,
  facts: OrderFacts,
  regions: World['regions'],
  placedIn: ReadonlySet<string>,
): string | undefined {
  const holders = regions
    .filter(({ catalog }) => catalog.reservations.get(id)?.released === false)
    .flatMap((region) => (isOrphan(id, facts, region.id, placedIn) ? [] : [region.id]));
  const order = orderOf(facts);
  const wanted = order.status === 'placed' || order.status === 'paid' ? [heldIn(order.placed)] : [];
  if (holders.join() === wanted.join()) return undefined;
  return `and its units are held in ${holders.join(' and ') || 'no region'} instead of ${wanted.join() || 'none'}`;
}

function netCharge(id: string, facts: OrderFacts, regions: World['regions']): string | undefined {
  const charges = regions.flatMap(({ provider }) => [...provider.charges.values()].filter((c) => c.orderId === id));
  const refunded = regions.flatMap(({ provider }) => [...provider.refunds.values()]);
  const net = charges.reduce((sum, { id: charge, amountMinor }) => {
    const times = refunded.filter((one) => one === charge).length;
    return sum + amountMinor * (1 - times);
  }, 0);
  const order = orderOf(facts);
  const due = order.status === 'paid' ? order.placed.total.amountMinor : 0;
  return net === due ? undefined : `and ${net} was charged for it instead of ${due}, in ${charges.length} charges`;
}
