import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import type { BenchRun, Figure } from '../benchmark.ts';
import { inTurn } from '../rounds.ts';
import { ratios } from '../statistics.ts';
import { NoSuchEngine, type ReplicationStage, startReplicationStage } from './replication-stage.ts';

export const PEER = 'mirrormaker2';
/** As figures and goals call the engine that is the first of `--engines`. */
export const OURS = 'ours';

/**
 * Measures each engine on a stage of its own, by turns. An engine that the build does not have is left out and said to
 * be; without the first there is nothing to measure.
 */
export async function compareEngines<Sample>(
  { engines, rounds, scratch, say }: BenchRun,
  profile: string | undefined,
  measure: (stage: ReplicationStage, engine: string) => Promise<Sample>,
): Promise<{ samples: Record<string, Sample[]>; absent: string[] }> {
  const missing = new Map<string, string>();
  const samples = await inTurn(engines, rounds, async (engine) => {
    if (missing.has(engine)) return undefined;
    const folder = await mkdtemp(path.join(scratch, 'stage-'));
    const stage = await startReplicationStage(folder, profile);
    try {
      const sample = await measure(stage, engine);
      say(
        `${engine}: ${JSON.stringify(sample, (_, value) => (typeof value === 'number' ? Math.round(value * 10) / 10 : value))}`,
      );
      return sample;
    } catch (failure) {
      if (!(failure instanceof NoSuchEngine) || engine === engines[0]) throw failure;
      missing.set(engine, `the engine ${engine} is not in this build.`);
      return undefined;
    } finally {
      await stage.stop();
    }
  });
  const measured = Object.entries(samples).filter(([engine]) => !missing.has(engine));
  const unasked = engines.includes(PEER) ? [] : [`the engine ${PEER} was not asked for (--engines).`];
  return {
    samples: Object.fromEntries(measured) as Record<string, Sample[]>,
    absent: [...missing.values(), ...unasked],
  };
}

/** A figure of the first engine under the name `ours, …`, which goals speak of, and of every engine under its own. */
export function figureOfEach<Sample>(
  samples: Record<string, Sample[]>,
  what: string,
  unit: string,
  of: (sample: Sample) => number,
): [string, Figure][] {
  const own = Object.entries(samples).map(([engine, list]) => [engine, list.map(of)] as const);
  const ours = own[0]?.[1] ?? [];
  const theirs = own.find(([engine]) => engine === PEER)?.[1];
  return [
    ...(theirs && own[0]?.[0] !== PEER
      ? [[`${OURS} ÷ ${PEER}, ${what}`, { unit: '×', samples: ratios(ours, theirs) }] as [string, Figure]]
      : []),
    [`${OURS}, ${what}`, { unit, samples: ours }],
    ...own.slice(1).map(([engine, list]): [string, Figure] => [`${engine}, ${what}`, { unit, samples: list }]),
  ];
}
