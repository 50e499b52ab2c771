import type { HealthTable } from './route-request.ts';
import type { RegionId } from './topology.ts';

/**
 * Which regions one edge uses for a service, by what it has seen of them.
 *
 * Problem: a probe that is not answered in time says that something is slow, and not what. It may be the region, the way there,
 * or the edge itself, whose processor somebody else has. Then probes of several regions run out at once, each is put out
 * for good reasons of its own, and what is left of them gets all the traffic and is the next to be slow. So silence puts out
 * a part of the regions at most, those counted that are out for any other reason.
 *
 * Envoy's panic threshold has the same cause and does another thing: below a part of healthy hosts it uses all of them, dead
 * ones as well. With three regions that would undo the loss of two. Here what is known to be lost stays out, however
 * many that are: a refused or broken connection, a service that says it is not ready, several requests without an answer.
 * Source: Envoy, "Panic threshold". Limit: a second region that falls silent for good costs those who meet it the wait for an
 * answer, until requests have shown what its probes could not.
 */
export type Seen =
  | 'well'
  /** Its probes had no answer in time, and nothing else is known against it. */
  | 'silent'
  /** Put out for the errors that it answers. */
  | 'erring'
  | 'lost';

/**
 * `seen` is of the regions that the table lets serve. `before` is what was in use until now: what silence has put out comes
 * back by being heard and not by others being lost.
 */
export function regionsInUse(
  seen: Readonly<Record<RegionId, Seen>>,
  before: HealthTable,
  largestPart: number,
): Record<RegionId, boolean> {
  const regions = Object.keys(seen);
  const isOut = (region: RegionId) => {
    const what = seen[region];
    return what === 'lost' || what === 'erring' || (what === 'silent' && before[region] === false);
  };
  const inUse = Object.fromEntries(regions.map((region) => [region, !isOut(region)]));
  let out = regions.filter(isOut).length;
  for (const region of regions) {
    if (seen[region] !== 'silent' || !inUse[region] || out >= mostOut(regions.length, largestPart)) continue;
    inUse[region] = false;
    out += 1;
  }
  return inUse;
}

/** How many regions of so many may be out in doubt at a time; one may always be. */
export function mostOut(regions: number, largestPart: number): number {
  return Math.max(1, Math.floor(regions * largestPart));
}
