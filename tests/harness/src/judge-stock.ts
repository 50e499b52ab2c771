import type { RegionId } from '@meridian/regions';
import type { HeldStock } from './held.ts';

export interface StockVerdict {
  /** Regions whose stock went down by another number than they have reserved: some order took its units twice, or not. */
  miscounted: { region: RegionId; taken: number; reserved: number }[];
  /** Acknowledged orders whose units no region has reserved. */
  unreserved: string[];
}

/**
 * The effect of orders, once nobody writes any more. Counted per region, as each sells only what it holds: an order that was
 * sent again to another region may hold units in both (a documented limit: too few are sold, never too many).
 */
export function judgeStock(
  unitsPerRegion: number,
  stockByRegion: Record<RegionId, HeldStock>,
  acknowledged: string[],
): StockVerdict {
  const counted = Object.entries(stockByRegion).map(([region, { available, reservations }]) => ({
    region,
    taken: unitsPerRegion - available,
    reserved: reservations.reduce((sum, { quantity }) => sum + quantity, 0),
  }));
  const reserved = new Set(Object.values(stockByRegion).flatMap((stock) => stock.reservations.map((r) => r.orderId)));
  return {
    miscounted: counted.filter((region) => region.taken !== region.reserved),
    unreserved: acknowledged.filter((id) => !reserved.has(id)),
  };
}
