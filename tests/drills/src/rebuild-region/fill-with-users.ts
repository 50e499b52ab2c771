import type { RegionId } from '@meridian/regions';
import { inEveryRegion, regions, sql } from '@meridian/test-harness';

/**
 * As many users as to measure with, the same in every region: written into the tables, as to register them would take
 * longer than the drill. They are one person with many ids, so that every state is one that a service wrote.
 */
export async function fillWithUsers(count: number): Promise<void> {
  const [person] = await sql<{ state: object; hlc: string; deps: object }>(
    regions[0] as RegionId,
    'user',
    'SELECT state, hlc, deps FROM users ORDER BY hlc DESC LIMIT 1',
  );
  if (!person) throw new Error('There is no user to fill up with.');
  const fill = `INSERT INTO users (id, state, hlc, version, deps)
    SELECT overlay(overlay(md5('rebuild-' || i) PLACING '4' FROM 13) PLACING 'a' FROM 17)::uuid, $1::jsonb, $2, 1, $3::jsonb FROM generate_series(1, $4::int) AS i
    ON CONFLICT DO NOTHING`;
  const values = [JSON.stringify(person.state), person.hlc, JSON.stringify(person.deps), count];
  await inEveryRegion((region) => sql(region, 'user', fill, values));
}
