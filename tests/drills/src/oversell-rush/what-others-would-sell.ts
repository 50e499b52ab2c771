import type { RegionId } from '@meridian/regions';

/** A buyer as the drill recorded it: who wanted how much where, in the order in which they came. */
export interface Wish {
  region: RegionId;
  quantity: number;
}

/**
 * The recorded demand of a partition in which no region hears of another, under the two mechanisms that a system without
 * escrow would have. Both are models of a few lines and not of this code base: what they sell beyond the stock is what
 * the names of the mechanisms promise, whoever builds them.
 *
 * - `lastWriterWins`: stock is one number in a register. Each region counts its own copy down; after the heal the copy
 *   that was written last stands, and what the others sold was never subtracted.
 * - `plainCounter`: stock is a counter that every region may decrement as long as its own copy is above zero. No decrement
 *   is lost, so after the heal the counter is below zero.
 */
export interface Outsold {
  sold: number;
  /** Units sold that were never there. */
  oversold: number;
  /** What the system believes that it still has when all regions have met. */
  left: number;
}

export function lastWriterWins(wishes: readonly Wish[], stocked: number): Outsold {
  const copies = sellFromOwnCopy(wishes, stocked);
  const last = wishes.findLast((wish) => copies.get(wish.region)?.lastBuyer === wish);
  const left = (last && copies.get(last.region)?.left) ?? stocked;
  return outsold(copies, stocked, left);
}

export function plainCounter(wishes: readonly Wish[], stocked: number): Outsold {
  const copies = sellFromOwnCopy(wishes, stocked);
  const sold = [...copies.values()].reduce((sum, c) => sum + c.sold, 0);
  return outsold(copies, stocked, stocked - sold);
}

interface Copy {
  left: number;
  sold: number;
  lastBuyer: Wish | undefined;
}

/** What both have in common: in the partition each region believes that it has all of the stock. */
function sellFromOwnCopy(wishes: readonly Wish[], stocked: number): Map<RegionId, Copy> {
  const copies = new Map<RegionId, Copy>();
  for (const wish of wishes) {
    const copy = copies.get(wish.region) ?? { left: stocked, sold: 0, lastBuyer: undefined };
    copies.set(wish.region, copy);
    if (copy.left < wish.quantity) continue;
    copy.left -= wish.quantity;
    copy.sold += wish.quantity;
    copy.lastBuyer = wish;
  }
  return copies;
}

function outsold(copies: ReadonlyMap<RegionId, Copy>, stocked: number, left: number): Outsold {
  const sold = [...copies.values()].reduce((sum, c) => sum + c.sold, 0);
  return { sold, oversold: Math.max(0, sold - stocked), left };
}
