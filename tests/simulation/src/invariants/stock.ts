import type { Invariant } from './invariant.ts';

/**
 * I3: units sold ≤ units stocked, at every instant, in all regions together. Sold is what reservations hold, as their rows
 * say, and not what the counters say that are to be proved.
 */
export function neverOversold(): Invariant {
  const restocked = new Map<string, number>();
  /** By region what creations gave it: of two at once, one holds for each region. */
  const shares = new Map<string, Map<string, number>>();
  const creations = new Map<string, number>();
  const sold = new Map<string, number>();
  /** By region, placing of an order and SKU. */
  const held = new Map<string, number>();
  const add = (units: Map<string, number>, sku: string, by: number) => units.set(sku, (units.get(sku) ?? 0) + by);
  const stockedOf = (sku: string) => {
    let units = restocked.get(sku) ?? 0;
    for (const share of shares.get(sku)?.values() ?? []) units += share;
    return units;
  };
  return {
    name: 'I3 never oversold',
    observe(seen) {
      if (seen.kind === 'restocked') add(restocked, seen.sku, seen.units);
      if (seen.kind === 'created') {
        add(creations, seen.sku, 1);
        const known = shares.get(seen.sku) ?? new Map();
        shares.set(seen.sku, known);
        for (const [region, units] of Object.entries(seen.units))
          known.set(region, Math.max(units, known.get(region) ?? 0));
      }
      if (seen.kind !== 'reserved' && seen.kind !== 'released') return undefined;
      const { sku, units } = seen;
      const of = `${seen.region} ${seen.orderId} ${seen.askedBy} ${sku}`;
      // Released again, nothing more comes back.
      const before = held.get(of) ?? 0;
      const after = seen.kind === 'reserved' ? before + units : 0;
      held.set(of, after);
      add(sold, sku, after - before);
      const s = sold.get(sku) ?? 0;
      const g = stockedOf(sku);
      if (s > g)
        return `${s} of ${sku} are sold and ${g} were ever stocked, with ${units} for ${seen.orderId} in ${seen.region}`;
      return undefined;
    },
    atRest({ regions, rules }) {
      for (const [sku, times] of creations)
        for (const { id, catalog } of regions) {
          const { state } = catalog.find(sku);
          const s = sold.get(sku) ?? 0;
          const left = rules.unitsLeft(state);
          // Of a product that was created twice, what its regions hold to is for the state to say.
          const g = times === 1 ? stockedOf(sku) : rules.unitsStocked(state);
          if (left + s !== g) return `${id}: ${g} of ${sku} were stocked, ${s} are sold, and ${left} are left`;
        }
      return undefined;
    },
  };
}
