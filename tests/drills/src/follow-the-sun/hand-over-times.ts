import type { RoutingTable } from '@meridian/regions';
import type { Served } from '../observe/rto.ts';
import type { HandOver, WriterSample } from './write-gaps.ts';

/** As a sample of who takes writes; with the newest epoch by which any order service goes, and the edge's. */
export interface DaySample extends WriterSample {
  epoch: number;
  edgeEpoch: number;
}

/**
 * The parts of a hand-over, each counted from when the control of the old primary proposed it, and at most a sample longer than
 * it was. `nowLessWallMs` makes a reading of `performance.now()` out of one of the wall clock.
 */
export function handOverTimes(
  { atMs }: HandOver,
  samples: readonly DaySample[],
  decided: ReadonlyMap<number, Pick<RoutingTable, 'decidedAtMs'>>,
  nowLessWallMs: number,
): Served & { decideMs: number } {
  const epoch = samples.find((sample) => sample.atMs === atMs)?.epoch ?? 0;
  const table = decided.get(epoch);
  if (!table) throw new Error(`No control knows of epoch ${epoch}.`);
  const proposedAtMs = table.decidedAtMs + nowLessWallMs;
  const since = (sample: DaySample | undefined) => Math.round((sample?.atMs ?? Number.NaN) - proposedAtMs);
  return {
    // The edge may hear of it before any service does.
    decideMs: since(samples.find((sample) => Math.max(sample.epoch, sample.edgeEpoch) >= epoch)),
    routeMs: since(samples.find((sample) => sample.edgeEpoch >= epoch)),
    serveMs: Math.round(atMs - proposedAtMs),
  };
}
