import type { RegionId } from '@meridian/regions';
import type { Difference } from '../verify/find-differences.ts';

/**
 * Who tells what: of each aggregate, one region for every state that there is of it. Nobody can see from outside which of
 * two states knows more, or whether each knows something that the other one lacks. The join does, in every region that
 * hears both. A state that two regions hold is told once, and one that no region lacks does no harm.
 */
export function planResends(differences: readonly Difference[]): Map<RegionId, string[]> {
  const plan = new Map<RegionId, string[]>();
  for (const { id, states } of differences) {
    const told = new Set<string>();
    for (const [region, state] of Object.entries(states)) {
      if (!state || told.has(state.digest)) continue;
      told.add(state.digest);
      plan.set(region, [...(plan.get(region) ?? []), id]);
    }
  }
  return plan;
}
