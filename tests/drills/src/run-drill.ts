import { heal } from '@meridian/test-harness';
import { seededRandom } from '@meridian/testing';
import { type Drill, type DrillRun, type Observation, type Validity, verdictOf } from './drill.ts';

export interface DrillResult extends Observation {
  name: string;
  valid: Validity;
  seed: number;
  scale: DrillRun['scale'];
  sabotage: boolean;
  seconds: number;
  /** Why it came to no observation. */
  error?: string;
}

export type Settings = Pick<DrillRun, 'scale' | 'seed' | 'sabotage' | 'say'>;

/** Runs a drill on the regions that are up. A drill that throws is of unknown validity; the links are whole afterwards. */
export async function runDrill(drill: Drill, settings: Settings): Promise<DrillResult> {
  const started = performance.now();
  const { scale, seed, sabotage } = settings;
  const told = { name: drill.name, scale, seed, sabotage };
  const seconds = () => Math.round((performance.now() - started) / 100) / 10;
  try {
    const observed = await drill.run({ ...settings, random: seededRandom(seed) });
    return { ...told, ...observed, valid: verdictOf(observed.checks), seconds: seconds() };
  } catch (failure) {
    const error = failure instanceof Error ? failure.message : String(failure);
    return { ...told, checks: [], figures: {}, valid: 'unknown', seconds: seconds(), error };
  } finally {
    await heal().catch(() => undefined);
  }
}
