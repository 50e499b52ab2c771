import type { RegionId } from '@meridian/regions';

/** Who took writes at one moment, as its own services said. */
export interface WriterSample {
  /** Of `performance.now()`. */
  atMs: number;
  writers: readonly RegionId[];
}

export interface HandOver {
  from: RegionId;
  to: RegionId;
  /** When the new primary was first seen to take writes. */
  atMs: number;
  /** From when the old one was last seen to take writes: at most two samples longer than it was. */
  gapMs: number;
}

/** Every hand-over that the samples show, and how long nobody took writes in it. */
export function writeGaps(samples: readonly WriterSample[]): HandOver[] {
  const found: HandOver[] = [];
  let last: { region: RegionId; atMs: number } | undefined;
  for (const { atMs, writers } of samples) {
    const region = writers.find((one) => one !== last?.region) ?? writers[0];
    if (region === undefined) continue;
    if (last && region !== last.region)
      found.push({ from: last.region, to: region, atMs, gapMs: Math.round(atMs - last.atMs) });
    last = { region, atMs };
  }
  return found;
}

/** The moments at which two regions took writes. */
export function twoWriters(samples: readonly WriterSample[]): WriterSample[] {
  return samples.filter(({ writers }) => writers.length > 1);
}
