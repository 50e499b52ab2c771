import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import type { BenchRun, Figure } from '../benchmark.ts';
import { inTurn } from '../rounds.ts';
import { ratios } from '../statistics.ts';
import { type ReplicationStage, type StageOptions, startReplicationStage } from './replication-stage.ts';

export const PEER = 'mirrormaker2';
/** As figures and goals call the engine that is the first of `--engines`. */
export const OURS = 'ours';

export interface Lane extends StageOptions {
  engine: string;
}

/** Measures each lane on a stage of its own, by turns. */
export async function measureLanes<Sample, Own extends Lane>(
  { rounds, scratch, say }: BenchRun,
  lanes: Record<string, Own>,
  measure: (stage: ReplicationStage, engine: string, lane: Own) => Promise<Sample>,
): Promise<Record<string, Sample[]>> {
  return inTurn(Object.keys(lanes), rounds, async (name) => {
    const lane = lanes[name] as Own;
    const folder = await mkdtemp(path.join(scratch, 'stage-'));
    const stage = await startReplicationStage(folder, lane);
    try {
      const sample = await measure(stage, lane.engine, lane);
      say(
        `${name}: ${JSON.stringify(sample, (_, value) => (typeof value === 'number' ? Math.round(value * 10) / 10 : value))}`,
      );
      return sample;
    } finally {
      await stage.stop();
    }
  });
}

/** Each engine between the same two. A peer that was not asked for is said to be absent. */
export async function compareEngines<Sample>(
  run: BenchRun,
  between: StageOptions,
  measure: (stage: ReplicationStage, engine: string) => Promise<Sample>,
): Promise<{ samples: Record<string, Sample[]>; absent: string[] }> {
  const lanes = Object.fromEntries(run.engines.map((engine) => [engine, { ...between, engine }]));
  return { samples: await measureLanes(run, lanes, measure), absent: peerIsAbsent(run) };
}

export function peerIsAbsent({ engines }: BenchRun): string[] {
  return engines.includes(PEER) ? [] : [`the engine ${PEER} was not asked for (--engines).`];
}

/**
 * A figure of the first engine under the name `ours, …`, which goals speak of, and of every engine under its own. `how` stands
 * behind each name, where engines are compared in several ways.
 */
export function figureOfEach<Sample>(
  samples: Record<string, Sample[]>,
  what: string,
  unit: string,
  of: (sample: Sample) => number,
  how = '',
): [string, Figure][] {
  const own = Object.entries(samples).map(([engine, list]) => [engine, list.map(of)] as const);
  const ours = own[0]?.[1] ?? [];
  const theirs = own.find(([engine]) => engine === PEER)?.[1];
  return [
    ...(theirs && own[0]?.[0] !== PEER
      ? [[`${OURS}${how} ÷ ${PEER}${how}, ${what}`, { unit: '×', samples: ratios(ours, theirs) }] as [string, Figure]]
      : []),
    [`${OURS}${how}, ${what}`, { unit, samples: ours }],
    ...own.slice(1).map(([engine, list]): [string, Figure] => [`${engine}${how}, ${what}`, { unit, samples: list }]),
  ];
}
