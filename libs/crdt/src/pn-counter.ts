import type { RegionId } from './region-id.ts';
import { grown, joinTotals, sumOf } from './totals.ts';

/**
 * The problem: views and likes are counted in every region at once, and none may be lost. In a register of the count, of
 * two regions that both write "8" one increment is gone.
 *
 * Each region counts for itself, up and down apart, as totals that only grow; the count is the sum of them. The join takes
 * the greater total per region, so a message that comes twice does not count twice, which plain increments would.
 *
 * Source: Shapiro et al. (2011), PN-counter.
 *
 * Limits: the count has no bound (below 0 as well): what must not be exceeded needs a bounded counter. A region counts on
 * a copy that holds all of its own counts, one after the other.
 */
export interface PnCounter {
  up: Record<RegionId, number>;
  down: Record<RegionId, number>;
}

export const EMPTY_PN_COUNTER: PnCounter = Object.freeze({ up: Object.freeze({}), down: Object.freeze({}) });

/** The delta of counting `n` up, or down when it is negative. Throws for what is no whole number. */
export function addToCounter({ up, down }: PnCounter, region: RegionId, n: number): PnCounter {
  return n >= 0 ? { up: grown(up, region, n), down: {} } : { up: {}, down: grown(down, region, -n) };
}

export function countOf({ up, down }: PnCounter): number {
  return sumOf(up) - sumOf(down);
}

export function joinPnCounters(a: PnCounter, b: PnCounter): PnCounter {
  return { up: joinTotals(a.up, b.up), down: joinTotals(a.down, b.down) };
}
