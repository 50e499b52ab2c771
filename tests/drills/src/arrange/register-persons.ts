import type { RegionId } from '@meridian/regions';
import { knownEverywhere, regions, registerUser } from '@meridian/test-harness';

/** Their ids; registered in each region by turns, and known in every one. */
export async function registerPersons(count: number, nameOf: (i: number) => string): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const { status, body } = await registerUser(regions[i % regions.length] as RegionId, nameOf(i));
    if (status !== 201) throw new Error(`Registering a person was answered ${status}.`);
    ids.push(body.id);
  }
  for (const id of ids) await knownEverywhere(`/users/${id}`);
  return ids;
}
