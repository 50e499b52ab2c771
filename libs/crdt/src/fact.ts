import { compareHlc, type Hlc } from '@meridian/hlc';
import { joinByKey } from './join-by-key.ts';

/**
 * Something that happened and stays so: an order was placed, was paid, was cancelled. A set of facts only grows, so a
 * life cycle told by facts needs no winner between "paid" and "cancelled": both are known, and what follows from both
 * (a refund) is a rule of the domain.
 *
 * A fact can be told twice, by two regions that each accepted it (a retry reached the other one). Of two tellings the
 * earlier one holds, unlike a register: what others already relied on must not be replaced by a repetition of it.
 *
 * Source: the grow-only set and map of Shapiro et al. (2011), with the minimum of the readings as the join per key.
 * Limits: nothing can be taken back; a correction is another fact.
 */
export interface Fact {
  hlc: Hlc;
}

/** The earlier telling; either one when both are the same; the other one when one is missing. */
export function joinFact<T extends Fact>(a: T | undefined, b: T | undefined): T | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareHlc(a.hlc, b.hlc) <= 0 ? a : b;
}

/** Fact by fact. `b` may be a delta: facts that it does not have stay as they are. */
export function joinFacts<F extends Record<string, Fact | undefined>>(a: F, b: Partial<F>): F {
  return joinByKey(a, b, joinFact) as F;
}
