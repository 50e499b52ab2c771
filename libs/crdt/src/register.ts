import { compareHlc, type Hlc } from '@meridian/hlc';
import { joinByKey } from './join-by-key.ts';

/**
 * The problem: two regions change one field of one aggregate while they cannot reach each other. Both writes were
 * accepted; afterwards both regions must hold the same value, without asking each other again and whatever order,
 * and however often, the two changes reach them.
 *
 * A last-writer-wins register joins two states by keeping the one with the later clock reading; an aggregate of such
 * registers joins field by field, so changes to different fields both stay (a whole-row "last update wins" would lose
 * one). The clock is an HLC, not the wall clock, so that a write never loses against one that its author had seen.
 *
 * Source: Shapiro, Preguiça, Baquero, Zawirski: "A comprehensive study of Convergent and Commutative Replicated Data
 * Types" (2011), LWW-register; joining deltas instead of whole states: Almeida, Shoker, Baquero (2018).
 *
 * Limits: of two concurrent writes to one field one is dropped. Where that is not acceptable (stock, price), another
 * type is needed. Two registers of equal readings are taken to be the same write: readings are unique by region.
 */
export interface Register<T> {
  value: T;
  hlc: Hlc;
}

/** The later write; either one when both are the same write; the other one when one is missing. */
export function joinRegister<T>(a: Register<T> | undefined, b: Register<T> | undefined): Register<T> | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareHlc(a.hlc, b.hlc) >= 0 ? a : b;
}

/** Field by field. `b` may be a delta: fields that it does not have stay as they are. */
export function joinRegisters<R extends Record<string, Register<unknown> | undefined>>(a: R, b: Partial<R>): R {
  return joinByKey(a, b, joinRegister) as R;
}
