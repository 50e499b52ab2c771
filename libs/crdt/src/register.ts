import { compareHlc, type Hlc } from '@meridian/hlc';
import { joinByKey } from './join-by-key.ts';
import type { RegionId } from './region-id.ts';
import { isSeen, joinSeen, type Seen, seenWith } from './seen.ts';

/**
 * The problem: two regions change one field of one aggregate while they cannot reach each other. Both writes were
 * accepted; afterwards both regions must hold the same value, without asking each other again and whatever order,
 * and however often, the two changes reach them. And of the value that was dropped, somebody must be told, but only when
 * its author's work was overridden unseen: an edit of a known value is no conflict.
 *
 * A last-writer-wins register joins two states by keeping the one with the later clock reading; an aggregate of such
 * registers joins field by field, so changes to different fields both stay (a whole-row "last update wins" would lose
 * one). The clock is an HLC, not the wall clock, so that a write never loses against one that its author had seen.
 *
 * A reading alone cannot tell a later write from a concurrent one, so a register also carries which writes had been seen.
 * A join keeps the winner's value and the union of what both sides had seen, with the loser's own write. Keeping what the
 * winner's author saw alone would not do: who joins a write that loses, and writes after that, has seen it, and would
 * be reported where the lost one is still held. The union is a join of its own (a maximum per region), so the laws hold,
 * and it is equal everywhere once all is known everywhere. Its price: what a row says was seen is then no longer what the
 * author of its value saw, but what this copy has joined. For detection that is right, as the loss was reported by
 * whichever region first brought the two together; a state that has both is no news to anybody.
 *
 * Source: Shapiro, Preguiça, Baquero, Zawirski: "A comprehensive study of Convergent and Commutative Replicated Data
 * Types" (2011), LWW-register; joining deltas instead of whole states: Almeida, Shoker, Baquero (2018); version vectors:
 * Parker et al. (1983).
 *
 * Limits:
 * - Of two concurrent writes to one field one is dropped. Where that is not acceptable, another type is needed: stock is
 *   a bounded counter, a price a multi-value register.
 * - Two registers of equal readings are taken to be the same write: readings are unique by region.
 * - A join that changes no value can change `seen`; that must be stored, or the next write here says too little.
 * - A write of a version that had no `seen` does not say what it replaced. It is joined like any other, and is not
 *   reported as having overridden something; what is then written on top of it has seen that write and no more.
 */
export interface Register<T> {
  value: T;
  hlc: Hlc;
  /** By region, the latest write that had been joined before this one, or into it since. Never this one itself. */
  seen?: Record<RegionId, Hlc>;
  /** The trace that the write was made in: 32 hex digits, when it was sampled. */
  trace?: string;
}

export interface WriteStamp {
  hlc: Hlc;
  trace?: string;
}

/** A write by somebody who has what is `known` before them. The reading must be later, as those of an HLC are. */
export function writeRegister<T>(known: Register<T> | undefined, value: T, { hlc, trace }: WriteStamp): Register<T> {
  const seen = known === undefined ? {} : joinedBy(known);
  return { value, hlc, seen, ...(trace !== undefined && { trace }) };
}

/** The later write, with what both had seen; the other one when one is missing. */
export function joinRegister<T>(a: Register<T> | undefined, b: Register<T> | undefined): Register<T> | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const order = compareHlc(a.hlc, b.hlc);
  if (order === 0 && a.seen === undefined && b.seen === undefined) return a;
  if (order === 0) return { ...a, seen: joinSeen(a.seen ?? {}, b.seen ?? {}) };
  const [won, lost] = order > 0 ? [a, b] : [b, a];
  return { ...won, seen: joinSeen(won.seen ?? {}, joinedBy(lost)) };
}

/** Field by field. `b` may be a delta: fields that it does not have stay as they are. */
export function joinRegisters<R extends Record<string, Register<unknown> | undefined>>(a: R, b: Partial<R>): R {
  return joinByKey(a, b, joinRegister) as R;
}

/** Whether the write of this reading is this one, or was seen before it, or has been joined into it since. */
export function sawWrite(register: Register<unknown>, hlc: Hlc): boolean {
  return register.hlc === hlc || isSeen(register.seen ?? {}, hlc);
}

/** Neither had seen the other. False when the later one does not say what it had seen: an edit cannot be ruled out. */
export function concurrentRegisters(a: Register<unknown>, b: Register<unknown>): boolean {
  const later = compareHlc(a.hlc, b.hlc) > 0 ? a : b;
  return later.seen !== undefined && !sawWrite(a, b.hlc) && !sawWrite(b, a.hlc);
}

function joinedBy({ hlc, seen }: Register<unknown>): Seen {
  return seenWith(seen ?? {}, hlc);
}
