import { type Edit, lastEdits, lastEditsByRegion } from './edit.ts';

/** Of one product, in minor units. */
export interface HeldPrices {
  shown: number;
  /** All that stand side by side, `shown` among them. */
  all: readonly number[];
}

/**
 * Prices that regions set without hearing of each other: the last of each region stands, none is silently dropped, nothing
 * else stands, and the lowest is shown. Every edit has an amount of its own. One sentence for each broken rule.
 */
export function judgePrices(edits: readonly Edit<number>[], held: ReadonlyMap<string, HeldPrices>): string[] {
  return [...Map.groupBy(edits, (e) => e.register)].flatMap(([register, mine]) => {
    const byRegion = lastEditsByRegion(mine);
    if (byRegion.size === 0) return [];
    const prices = held.get(register);
    if (!prices) return [`${register} is nowhere`];
    const possible = new Set(lastEdits(mine).map((e) => e.value));
    const dropped = [...byRegion].filter(([, last]) => !last.some((e) => prices.all.includes(e.value)));
    const notSet = prices.all.filter((amount) => !possible.has(amount));
    const lowest = Math.min(...prices.all);
    const listed = prices.all.join(', ');
    return [
      ...dropped.map(([region, last]) => {
        const amounts = last.map((e) => e.value).join(' or ');
        return `${register}: of ${region} ${amounts} must stand, and there are ${listed}`;
      }),
      ...notSet.map((amount) => `${register}: ${amount} stands, which was replaced or never set`),
      ...(prices.shown === lowest ? [] : [`${register}: ${prices.shown} is shown, and ${lowest} is the lowest`]),
    ];
  });
}
