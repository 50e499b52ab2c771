import { type Drill, type DrillResult, runDrill } from '@meridian/test-drills';
import type { BenchRun } from '../benchmark.ts';

/**
 * Runs a drill once per round, each with a seed of its own, on the regions that are up. Full rounds come after a quick one that does
 * not count: what was started a moment ago still compiles what it runs, and a full load overloads it for that alone.
 */
export async function repeatDrill(drill: Drill, { scale, rounds, say }: BenchRun): Promise<DrillResult[]> {
  const results: DrillResult[] = [];
  // Of a seed that no round has.
  if (scale === 'full')
    await runDrill(drill, { scale: 'quick', seed: rounds + 1, sabotage: false, say: () => undefined });
  for (let round = 0; round < rounds; round += 1) {
    const result = await runDrill(drill, { scale, seed: round + 1, sabotage: false, say });
    const broken = result.checks
      .filter(({ valid }) => valid !== true)
      .map(({ rule, evidence }) => `${rule}: ${evidence}`);
    if (result.error) throw new Error(`The drill ${drill.name} came to no observation: ${result.error}`);
    say(`${drill.name}, seed ${round + 1}: ${result.valid ? 'valid' : `INVALID (${broken.join('; ')})`}`);
    results.push(result);
  }
  return results;
}

/** 1 for each round whose invariants held, 0 for the others. */
export const validity = (results: readonly DrillResult[]) => results.map(({ valid }) => (valid === true ? 1 : 0));
