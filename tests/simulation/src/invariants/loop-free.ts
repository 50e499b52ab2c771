import { REGIONS } from '../world/network.ts';
import type { Invariant } from './invariant.ts';

/** I7: each event is carried out once per region, and is copied once on its way: hops ≤ 1. */
export function loopFree(): Invariant {
  const carriedOut = new Set<string>();
  return {
    name: 'I7 loop-free',
    observe(seen) {
      if (seen.kind === 'appended') {
        const hops = seen.topic.split('.').filter((part) => (REGIONS as readonly string[]).includes(part)).length;
        if (hops > 1) return `${seen.region} holds ${seen.topic}: a copy of a copy`;
        if (hops === 1 && seen.record.originRegion === seen.region)
          return `${seen.topic} brought ${seen.region} its own event`;
      }
      if (seen.kind !== 'applied') return undefined;
      const what = `${seen.group} of ${seen.region}: ${seen.source}/${seen.sequence}`;
      if (carriedOut.has(what)) return `${what} was carried out twice`;
      carriedOut.add(what);
      return undefined;
    },
  };
}
