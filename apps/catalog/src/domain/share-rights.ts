/**
 * How many rights go from one region to another. Two cases, of which one request can be both:
 *
 * - `units`: orders wait for them. A sale at hand is worth more than one that is expected, so the giver hands over all
 *   that it has, but for what orders wait for there that are older. (Of two regions that are both short, both would
 *   otherwise give what they have to the other, and neither could sell.)
 * - `spare`: nobody waits yet. A region whose rights fall below its low-water mark, what it expects to sell in the next
 *   few seconds, asks for twice that; the giver hands over no more than what it holds above its own mark.
 *
 * Asking in advance ends by itself: rights go from regions above their mark to regions below, a giver does not fall below
 * its mark, and so does not ask in its turn. Regions where nothing is sold have the mark 0 and never ask.
 */

/** Longer than the longest round trip between regions and the work at both ends of it, with room for a second try. */
const HORIZON_S = 5;

/** Below it a region asks the others for more, before an order has to wait. */
export function lowWaterMark(demandPerS: number): number {
  return Math.round(demandPerS * HORIZON_S);
}

/** What a region asks for in advance; 0 when it holds enough. `held` are the rights that no waiting order needs. */
export function spareWanted(held: number, demandPerS: number): number {
  const mark = lowWaterMark(demandPerS);
  return held < mark ? 2 * mark - held : 0;
}

export interface Wanted {
  units: number;
  spare: number;
}

export interface Giver {
  held: number;
  demandPerS: number;
  /** Units that older orders wait for here. */
  owed: number;
}

export function unitsToGive({ units, spare }: Wanted, { held, demandPerS, owed }: Giver): number {
  const forOrders = Math.max(0, Math.min(units, held - owed));
  const inAdvance = Math.max(0, Math.min(spare, held - forOrders - Math.max(owed, lowWaterMark(demandPerS))));
  return forOrders + inAdvance;
}
