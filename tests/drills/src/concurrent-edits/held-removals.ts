import { inEveryRegion, sql } from '@meridian/test-harness';
import type { OverriddenRemoval } from './judge-removals.ts';
import type { Edited } from './send-edit.ts';

/** The removals of tags that lost, as the ledgers of all regions tell of them together. */
export async function heldRemovals({ skus }: Edited): Promise<OverriddenRemoval[]> {
  const byRegion = await inEveryRegion((region) =>
    sql<OverriddenRemoval>(
      region,
      'catalog',
      `SELECT DISTINCT '/products/' || aggregate_id || '.tags' AS register, substr(field, length('tags.') + 1) AS tag,
              lost ->> 'region' AS lost, won ->> 'region' AS won
       FROM conflicts WHERE rule = 'add-wins' AND aggregate_id = ANY($1)`,
      [skus],
    ),
  );
  return Object.values(byRegion).flat();
}
