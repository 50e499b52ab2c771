import { heldIn, type OrderFacts, orderOf, reservationName } from '@meridian/order/domain/order';
import type { World } from '../world/world.ts';
import type { Invariant } from './invariant.ts';

/**
 * I4: one order per idempotency key once all is told, its units held once (those that its placing names, and no others), and
 * charged once, its total, net of refunds. A cancelled one holds no units and costs nothing, and nothing is held for what is
 * no order.
 */
export function oneOrderPerKey(): Invariant {
  /** By key: the ids under which it was placed. */
  const idsOf = new Map<string, Set<string>>();
  return {
    name: 'I4 one order per key',
    observe(seen) {
      if (seen.kind !== 'placed') return undefined;
      const ids = idsOf.get(seen.idempotencyKey) ?? new Set();
      idsOf.set(seen.idempotencyKey, ids.add(seen.orderId));
      return ids.size > 1 ? `the key ${seen.idempotencyKey} has made ${ids.size} orders` : undefined;
    },
    atRest({ regions }: World) {
      const [first] = regions;
      const known = new Map([...(first?.order.rows ?? [])].map(([id, { state }]) => [id, state]));
      const ids = new Set([...known.keys(), ...regions.flatMap(({ catalog }) => [...catalog.reservations.keys()])]);
      for (const id of ids) {
        const facts = known.get(id) ?? {};
        const wrong = unitsHeld(id, facts, regions) ?? netCharge(id, facts, regions);
        if (wrong) return `${id} is ${orderOf(facts).status}, ${wrong}`;
      }
      return undefined;
    },
  };
}

function unitsHeld(id: string, facts: OrderFacts, regions: World['regions']): string | undefined {
  const order = orderOf(facts);
  const wanted =
    order.status === 'placed' || order.status === 'paid'
      ? [reservationName({ reservedIn: heldIn(order.placed), region: order.placed.region })]
      : [];
  const held = regions.flatMap(({ id: reservedIn, catalog }) =>
    [...(catalog.reservations.get(id)?.values() ?? [])]
      .filter(({ released }) => !released)
      // One of which it is not known whose it is serves whoever holds.
      .map(({ askedBy }) => reservationName({ reservedIn, region: askedBy || (facts.placed?.region ?? '') })),
  );
  if (held.join() === wanted.join()) return undefined;
  return `and its units are held in ${held.join(' and ') || 'no region'} instead of ${wanted.join() || 'none'}`;
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
