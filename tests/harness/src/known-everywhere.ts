import { eventually } from '@meridian/testing';
import { viaEdge } from './clients.ts';
import type { Answer } from './http.ts';
import { regions } from './system.ts';

/** Waits until every region answers 200 for what was just made in one of them. */
export async function knownEverywhere(path: string): Promise<Answer[]> {
  return eventually(
    async () => {
      const answers = await Promise.all(regions.map((region) => viaEdge(region, path)));
      const missing = regions.filter((_, i) => answers[i]?.status !== 200);
      if (missing.length > 0) throw new Error(`${path} is not known in ${missing.join(', ')}`);
      return answers;
    },
    { withinMs: 15_000 },
  );
}
