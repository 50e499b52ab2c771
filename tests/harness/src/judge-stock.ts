import type { RegionId } from '@meridian/regions';
import type { HeldStock } from './held.ts';

export interface StockVerdict {
  /** Regions that took another number of units than they have reserved: some order took its units twice, or not. */
  miscounted: { region: RegionId; taken: number; reserved: number }[];
  /** Acknowledged orders whose units no region has reserved. */
  unreserved: string[];
  /** Units that were taken or are for sale beyond those that were stocked; below 0, units that are lost. */
  oversold: number;
}

/**
 * The effect of orders, once nobody writes any more and all is replicated. Counted per region, as each sells what it holds;
 * rights that went from one to another count where they are now.
 */
export function judgeStock(
  unitsStocked: number,
  stockByRegion: Record<RegionId, HeldStock>,
  acknowledged: string[],
): StockVerdict {
  const counted = Object.entries(stockByRegion).map(([region, { taken, reservations }]) => ({
    region,
    taken,
    reserved: reservations.reduce((sum, { quantity }) => sum + quantity, 0),
  }));
  const reserved = new Set(Object.values(stockByRegion).flatMap((stock) => stock.reservations.map((r) => r.orderId)));
  return {
    miscounted: counted.filter((region) => region.taken !== region.reserved),
    unreserved: acknowledged.filter((id) => !reserved.has(id)),
    oversold: Object.values(stockByRegion).reduce(
      (sum, { taken, available }) => sum + taken + available,
      -unitsStocked,
    ),
  };
}
