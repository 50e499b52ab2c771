import type { Observation, Situation } from '../observation.ts';

/** Counts what came up in any number of runs; `next` begins another run. */
export function countSituations() {
  const counts = new Map<Situation, number>();
  let appended = new Set<string>();
  const met = (situation: Situation) => counts.set(situation, (counts.get(situation) ?? 0) + 1);
  return {
    counts,
    next() {
      appended = new Set();
    },
    observe(seen: Observation) {
      if (seen.kind === 'met') met(seen.situation);
      if (seen.kind === 'refunded') met('a charge was given back');
      if (seen.kind !== 'appended' || seen.record.sequence === 0) return;
      const { originRegion, source, sequence } = seen.record;
      const event = `${seen.region} ${source}/${sequence}`;
      if (appended.has(event))
        met(originRegion === seen.region ? 'an event was published again' : 'an event was copied again');
      appended.add(event);
    },
  };
}
