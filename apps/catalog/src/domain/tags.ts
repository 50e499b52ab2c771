import {
  addToSet,
  elementsOf,
  joinSets,
  keepRemovals,
  noteComplete,
  type OrSet,
  removalsIn,
  removeFromSet,
} from '@meridian/crdt';
import { compareHlc, type Hlc, parseHlc } from '@meridian/hlc';
import type { Stamp } from './escrow.ts';

/**
 * For how long a removal is remembered so that an addition that had not seen it is told to have won: as long as logs keep
 * events (`infra/kafka`). A region that hears nothing for longer is not told by events anyway, but repaired or rebuilt.
 */
export const REMOVALS_KEPT_MS = 7 * 24 * 3_600_000;

/**
 * Of one product, so that its row and its events stay small whatever is done to it: more than as many tags as a product
 * may have, removed in three regions at once. It is exceeded by the other removals of the write of the earliest one.
 */
export const REMOVALS_KEPT = 64;

/**
 * The whole set after it has been made `wished`: what was seen here and is not wished is removed, what is new is added. A
 * whole set, not the changed elements alone, since it says of its region's writes that they are complete in it.
 */
export function withTags(known: OrSet, wished: readonly string[], stamp: Stamp): OrSet {
  const present = elementsOf(known);
  const added = wished.filter((tag) => !present.includes(tag)).map((tag) => addToSet(known, tag, stamp));
  const removed = present.filter((tag) => !wished.includes(tag)).map((tag) => removeFromSet(known, tag, stamp));
  const changed = [...added, ...removed].reduce(joinSets, known);
  return withoutOldRemovals(noteComplete(changed, { [stamp.region]: stamp.hlc }), stamp.hlc);
}

function withoutOldRemovals(set: OrSet, now: Hlc): OrSet {
  const readings = removalsIn(set).map(({ hlc }) => hlc);
  const earliest = readings.sort(compareHlc).at(-REMOVALS_KEPT);
  const since = parseHlc(now).wallMs - REMOVALS_KEPT_MS;
  return keepRemovals(set, ({ hlc }) => {
    return parseHlc(hlc).wallMs >= since && (earliest === undefined || compareHlc(hlc, earliest) >= 0);
  });
}
