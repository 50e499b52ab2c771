import type { Aggregate } from '../world/service.ts';
import type { World } from '../world/world.ts';
import type { Invariant } from './invariant.ts';
import { readingsIn } from './sessions.ts';

/**
 * I2: what was acknowledged is in every region at the end. For registers, which keep one write of several, that means: a
 * write is lost only to a later one, and never to one that its own author had seen and replaced.
 */
export function nothingLost(aggregates: Record<string, Aggregate<unknown>>): Invariant {
  const acknowledged: { service: string; key: string; delta: unknown }[] = [];
  return {
    name: 'I2 nothing acknowledged is lost',
    observe(seen) {
      if (seen.kind === 'wrote') acknowledged.push({ service: seen.service, key: seen.key, delta: seen.value });
      return undefined;
    },
    atRest({ regions }: World) {
      for (const { service, key, delta } of acknowledged) {
        const { join, isUnchanged, nothing } = aggregates[service] as Aggregate<unknown>;
        for (const region of regions) {
          const state = region.services.find(({ name }) => name === service)?.rows.get(key)?.state ?? nothing;
          if (!isUnchanged(state, join(state, delta)))
            return `${region.id} lacks what was acknowledged of ${service} ${key} at ${readingsIn(delta).sort().at(-1)}`;
        }
      }
      return undefined;
    },
  };
}
