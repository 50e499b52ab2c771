import { compareHlc, type Hlc, parseHlc } from '@meridian/hlc';
import { joinByKey } from './join-by-key.ts';
import type { RegionId } from './region-id.ts';

/**
 * Which writes of one register are known: for each region the reading of its latest one. That says it all, as a region
 * makes its writes one after the other and each on top of all before it: who knows the latest of them knows the others,
 * or what replaced them. So this is a version vector, with readings instead of counts, and as large as there are regions.
 */
export type Seen = Record<RegionId, Hlc>;

export function joinSeen(a: Seen, b: Seen): Seen {
  return joinByKey(a, b, later) as Seen;
}

export function seenWith(seen: Seen, hlc: Hlc): Seen {
  return joinSeen(seen, { [parseHlc(hlc).region]: hlc });
}

export function isSeen(seen: Seen, hlc: Hlc): boolean {
  const { region } = parseHlc(hlc);
  const latest = Object.hasOwn(seen, region) ? seen[region] : undefined;
  return latest !== undefined && compareHlc(hlc, latest) <= 0;
}

function later(a: Hlc | undefined, b: Hlc | undefined): Hlc | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareHlc(a, b) >= 0 ? a : b;
}
