import { compareHlc, type Hlc } from '@meridian/hlc';
import type { RegionId } from './region-id.ts';
import type { Register, WriteStamp } from './register.ts';
import { sameJson } from './same-json.ts';
import { isSeen, joinSeen, seenWith } from './seen.ts';

/**
 * The problem: two regions set one price at the same time, and neither may be dropped in silence. Which one holds is for
 * the business to say (the lower one is shown), and for a person to settle.
 *
 * A multi-value register keeps every value that no other write has replaced knowingly. A write replaces all values that
 * its author saw; a join drops what the other side has seen and no longer holds, and keeps the rest side by side, until
 * somebody writes on top of them all. A last-writer-wins register would have to ask what was lost and put it elsewhere;
 * here the conflict is the state itself, equal in every region.
 *
 * What a write changes is all of the register, so a delta is the whole of it: the new value and what it replaces.
 *
 * Source: DeCandia et al.: "Dynamo" (2007), siblings; Shapiro et al. (2011), MV-register; Almeida, Baquero, Gonçalves,
 * Preguiça, Fonte: "Scalable and Accurate Causality Tracking for Eventually Consistent Stores" (2014), for one version
 * vector per register instead of one per value.
 *
 * Limits: there can be as many values as there are regions that write at once; whoever reads must have a rule for that.
 * That one vector is enough rests on each region writing on a copy that holds all of its own writes.
 */
export interface MultiValue<T> {
  /** The values that nobody replaced knowingly, by clock reading. More than one: a conflict that nobody has settled. */
  values: Version<T>[];
  /** By region, the latest write that is known here, whether it is among the values or was replaced. */
  seen: Record<RegionId, Hlc>;
}

export interface Version<T> extends WriteStamp {
  value: T;
}

/** The state after a write by somebody who has all of `known` before them; it is the delta as well. */
export function writeMultiValue<T>(known: MultiValue<T> | undefined, value: T, stamp: WriteStamp): MultiValue<T> {
  const { hlc, trace } = stamp;
  const version = { value, hlc, ...(trace !== undefined && { trace }) };
  return { values: [version], seen: seenWith(known?.seen ?? {}, hlc) };
}

/** What neither side has replaced, side by side; the other one when one is missing. */
export function joinMultiValue<T>(
  a: MultiValue<T> | undefined,
  b: MultiValue<T> | undefined,
): MultiValue<T> | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const values = [...a.values.filter((version) => holds(b, version) || !knows(b, version)), ...unknownTo(a, b)];
  return { values: values.sort((x, y) => compareHlc(x.hlc, y.hlc)), seen: joinSeen(a.seen, b.seen) };
}

/**
 * The pairs of different values that joining the two puts side by side for the first time: the entries of a conflict
 * ledger. As with registers: never a pair of which one author had seen the other, and each pair in at least one region.
 */
export function newlyConcurrent<T>(a: MultiValue<T>, b: MultiValue<T>): { earlier: Version<T>; later: Version<T> }[] {
  return unknownTo(b, a).flatMap((x) =>
    unknownTo(a, b)
      .filter((y) => !sameJson(x.value, y.value))
      .map((y) => (compareHlc(x.hlc, y.hlc) < 0 ? { earlier: x, later: y } : { earlier: y, later: x })),
  );
}

/**
 * What a last-writer-wins register becomes when its field is made multi-value, or comes from a region that has not been
 * upgraded. If it does not say what it had seen, it replaces nothing but itself: the values stand side by side.
 */
export function multiValueOf<T>({ value, hlc, trace, seen }: Register<T>): MultiValue<T> {
  return writeMultiValue({ values: [], seen: seen ?? {} }, value, { hlc, trace });
}

/** The values of `other` of which `register` knows nothing. */
function unknownTo<T>(register: MultiValue<T>, other: MultiValue<T>): Version<T>[] {
  return other.values.filter((version) => !knows(register, version));
}

const holds = ({ values }: MultiValue<unknown>, { hlc }: WriteStamp) => values.some((version) => version.hlc === hlc);
const knows = (register: MultiValue<unknown>, version: WriteStamp) =>
  holds(register, version) || isSeen(register.seen, version.hlc);
