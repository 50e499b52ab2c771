import type { RegionId } from '@meridian/regions';
import { atService, regions } from '@meridian/test-harness';

/** Up to where the other regions have the events of this one, by source: the most of any. */
export async function sequencesKnownOf(region: RegionId): Promise<Record<string, number>> {
  const known: Record<string, number> = {};
  for (const reader of regions.filter((one) => one !== region))
    for (const service of ['user', 'catalog', 'order'] as const) {
      const { body } = await atService(reader, service, '/inbox');
      for (const [source, { appliedLast }] of Object.entries(body.bySource as Record<string, { appliedLast: number }>))
        if (source.startsWith(`/${region}/`)) known[source] = Math.max(known[source] ?? 0, appliedLast);
    }
  return known;
}
