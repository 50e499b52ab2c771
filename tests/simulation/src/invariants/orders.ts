import { heldIn, type OrderFacts, orderOf } from '@meridian/order/domain/order';
import type { World } from '../world/world.ts';
import type { Invariant, OpenFinding } from './invariant.ts';

/**
 * I4: one order per idempotency key once all is told, its units held once (in the region that its placing names, and
 * nowhere else), and charged once, net of refunds. A cancelled one holds no units and costs nothing.
 */
export function oneOrderPerKey(): Invariant {
  /** By key: the ids under which it was placed. */
  const idsOf = new Map<string, Set<string>>();
  /** Orders and regions that placed them. */
  const placedIn = new Set<string>();
  const open: OpenFinding[] = [];

  const judge = (id: string, facts: OrderFacts, regions: World['regions']) => {
    const known = { id, facts, regions, isPlacedIn: (region: string) => placedIn.has(`${id} ${region}`), open };
    return unitsHeld(known) ?? netCharge(known);
  };
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
        const wrong = judge(id, state, regions);
        if (wrong) return `${id} is ${orderOf(state).status}, ${wrong}`;
      }
      return undefined;
    },
    open: () => open,
  };
}

interface Known {
  id: string;
  facts: OrderFacts;
  regions: World['regions'];
  isPlacedIn(region: string): boolean;
  open: OpenFinding[];
}

function unitsHeld({ id, facts, regions, isPlacedIn, open }: Known): string | undefined {
  const order = orderOf(facts);
  const wanted = order.status === 'placed' || order.status === 'paid' ? [heldIn(order.placed)] : [];
  const holders = regions.flatMap(({ id: region, catalog }) => {
    if (catalog.reservations.get(id)?.released !== false) return [];
    const isOrphan = !wanted.includes(region) && !isPlacedIn(region) && !facts.surplus?.[region];
    if (!isOrphan) return [region];
    open.push('orphan reservation');
    return [];
  });
  if (holders.join() === wanted.join()) return undefined;
  const [only] = wanted;
  const isShared = regions.some(({ catalog }) => only !== undefined && catalog.forwardedTo.get(id) === only);
  if (holders.length === 0 && isShared && only !== undefined && facts.surplus?.[only]) {
    open.push('shared reservation released');
    return undefined;
  }
  return `and its units are held in ${holders.join(' and ') || 'no region'} instead of ${wanted.join() || 'none'}`;
}

function netCharge({ id, facts, regions, open }: Known): string | undefined {
  const charges = regions.flatMap(({ provider }) => [...provider.charges.values()].filter((c) => c.orderId === id));
  const refunded = regions.flatMap(({ provider }) => [...provider.refunds.values()]);
  const net = charges.reduce((sum, { id: charge, amountMinor }) => {
    const times = refunded.filter((one) => one === charge).length;
    return sum + amountMinor * (1 - times);
  }, 0);
  const order = orderOf(facts);
  const counting = order.status === 'paid' && order.paid.chargeId ? order.charges?.[order.paid.chargeId] : undefined;
  const due = counting?.amount.amountMinor ?? 0;
  if (order.status === 'paid' && due !== order.placed.total.amountMinor) open.push('charged another price');
  return net === due ? undefined : `and ${net} was charged for it instead of ${due}, in ${charges.length} charges`;
}
