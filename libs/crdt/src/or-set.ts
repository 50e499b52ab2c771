import type { Hlc } from '@meridian/hlc';
import {
  joinMultiValue,
  type MultiValue,
  newlyConcurrent,
  type Version,
  writeMultiValue,
} from './multi-value-register.ts';
import type { RegionId } from './region-id.ts';
import type { WriteStamp } from './register.ts';
import { isSeen, joinSeen, type Seen } from './seen.ts';

/**
 * The problem: tags of a product, a wish list. One region adds an element while another removes it, or adds another one.
 * A register of the whole list would drop one of two additions, and a set of additions and a set of removals (a two-phase
 * set) would never let an element back in.
 *
 * An observed-remove set takes away what the remover has seen and nothing else: of an addition and a concurrent removal
 * the addition wins, as somebody asked for the element who did not know of the removal, and it can be removed again.
 *
 * Each element is a multi-value register of "added" and "removed", and is in the set when any of its values says added.
 * That gives the meaning above (a removal replaces the additions that it had seen), deltas of one element, and, other
 * than a set that keeps additions only, it shows which removal an addition won against.
 *
 * Removals must be remembered, or an addition that comes twice or late brings the element back. For that it is enough to
 * know one reading per region, below which all that the set does not hold is gone: `noteComplete` says so once for the
 * whole set. A removal that is held beside it is there for a conflict ledger alone, to be named when an addition arrives
 * that had not seen it; `collectRemoved` and `keepRemovals` forget such without asking anybody, and what is in the set is
 * the same with and without them.
 *
 * Source: Shapiro et al. (2011), OR-set; Bieniusa, Zawirski, Preguiça, Shapiro, Baquero, Balegas, Duarte: "An Optimized
 * Conflict-free Replicated Set" (2012), for a version vector in place of tombstones. There the vector is told with every
 * message and messages must come in causal order; here it is per element until it is collected, so deltas may come in any.
 *
 * Limits: an element is text. A removed element costs one entry until its removal is forgotten, and until that is told, as
 * part of a delta, states differ: compare them by their elements before. A removal that was forgotten is not reported as
 * overridden any more; where a ledger is kept, forget what every region has applied, or what no region can still be
 * unaware of.
 */
export interface OrSet {
  elements: Record<string, MultiValue<boolean>>;
  /** By region: of all its writes up to this reading, what is not in `elements` was removed, replaced or forgotten. */
  collected: Record<RegionId, Hlc>;
}

export const EMPTY_SET: OrSet = Object.freeze({ elements: Object.freeze({}), collected: Object.freeze({}) });

/** In alphabetical order (by code unit), so that it is the same everywhere. */
export function elementsOf({ elements }: OrSet): string[] {
  const present = Object.entries(elements).filter(([, { values }]) => values.some(({ value }) => value));
  return present.map(([element]) => element).sort();
}

/** The delta. Also for an element that is there already: the addition then wins against removals made elsewhere. */
export function addToSet(set: OrSet, element: string, stamp: WriteStamp): OrSet {
  return { elements: { [element]: writeMultiValue(known(set, element), true, stamp) }, collected: {} };
}

/** The delta. Empty when the element is not there, as what was not seen is not removed. */
export function removeFromSet(set: OrSet, element: string, stamp: WriteStamp): OrSet {
  const before = known(set, element);
  if (!before.values.some(({ value }) => value)) return EMPTY_SET;
  return { elements: { [element]: writeMultiValue(before, false, stamp) }, collected: {} };
}

/** The delta that leaves just these: adds what is not there, removes what is, and touches nothing else. */
export function replaceElements(set: OrSet, elements: readonly string[], stamp: WriteStamp): OrSet {
  const present = elementsOf(set);
  const added = elements
    .filter((element) => !present.includes(element))
    .map((element) => addToSet(set, element, stamp));
  const removed = present
    .filter((element) => !elements.includes(element))
    .map((element) => removeFromSet(set, element, stamp));
  return [...added, ...removed].reduce(joinSets, EMPTY_SET);
}

export function joinSets(a: OrSet, b: OrSet): OrSet {
  const names = new Set([...Object.keys(a.elements), ...Object.keys(b.elements)]);
  const joined = [...names].map((name) => [name, joinMultiValue(known(a, name), known(b, name))] as const);
  return inOneForm(joined, joinSeen(a.collected, b.collected));
}

/**
 * The removals that joining the two overrides, as the other side adds the element without having seen them: the entries
 * of a conflict ledger, to be asked before joining. `lost` is the removal, `won` an addition.
 */
export function overriddenRemovals(
  a: OrSet,
  b: OrSet,
): { element: string; lost: Version<boolean>; won: Version<boolean> }[] {
  const inBoth = Object.keys(a.elements).filter((element) => Object.hasOwn(b.elements, element));
  return inBoth.flatMap((element) =>
    newlyConcurrent(known(a, element), known(b, element)).map(({ earlier, later }) =>
      later.value ? { element, lost: earlier, won: later } : { element, lost: later, won: earlier },
    ),
  );
}

/**
 * Says that all that these regions wrote to this set up to their readings has been joined here, so that each element need
 * not say it by itself: for ever, what they added up to then and is not held counts as removed. Only right when it is so:
 * with less, an addition that is still on its way would count as removed. Changes of one aggregate that arrive in their
 * region's order give that at every change, unless one of them went to the dead letters. Removals stay, for the ledger.
 */
export function noteComplete({ elements, collected }: OrSet, complete: Record<RegionId, Hlc>): OrSet {
  return inOneForm(Object.entries(elements), joinSeen(collected, complete));
}

/** As `noteComplete`, and under the same condition; and forgets the removals up to these readings. */
export function collectRemoved(set: OrSet, complete: Record<RegionId, Hlc>): OrSet {
  const { elements, collected } = noteComplete(set, complete);
  return keepRemovals({ elements, collected }, ({ hlc }) => !isSeen(collected, hlc));
}

/** Forgets the other removals. Any region may at any time; the delta that says so is the whole set. */
export function keepRemovals({ elements, collected }: OrSet, isKept: (removal: Version<boolean>) => boolean): OrSet {
  const kept = Object.entries(elements).map(([element, { values, seen }]) => {
    return [element, { values: values.filter((version) => version.value || isKept(version)), seen }] as const;
  });
  return inOneForm(kept, collected);
}

/** The removals that no later write of their element has replaced knowingly and that are not forgotten. */
export function removalsIn({ elements }: OrSet): Version<boolean>[] {
  return Object.values(elements).flatMap(({ values }) => values.filter(({ value }) => !value));
}

/** An element with all that the set knows of it, also what is told by `collected` alone. */
function known({ elements, collected }: OrSet, element: string): MultiValue<boolean> {
  const held = Object.hasOwn(elements, element) ? elements[element] : undefined;
  return { values: held?.values ?? [], seen: joinSeen(held?.seen ?? {}, collected) };
}

/** The one form in which a state is kept: without what `collected` says already. */
function inOneForm(elements: (readonly [string, MultiValue<boolean> | undefined])[], collected: Seen): OrSet {
  const kept = new Map<string, MultiValue<boolean>>();
  for (const [name, { values, seen } = { values: [], seen: {} }] of elements) {
    const beyond = Object.entries(seen).filter(([, hlc]) => !isSeen(collected, hlc));
    if (values.length + beyond.length > 0) kept.set(name, { values, seen: Object.fromEntries(beyond) });
  }
  return { elements: Object.fromEntries(kept), collected };
}
