/**
 * A benchmark measures one thing against others that do the same, in the same run and by turns, and says beforehand what
 * would be good (its goals) and what cannot be (its limit). One file each, so that reading it tells what a figure means.
 *
 * Figures of a machine that does other things as well lie in absolute terms; ratios to a peer that was measured a second
 * earlier do so much less. So goals are about ratios where there is a peer, and about milliseconds where a user waits.
 */
export interface Benchmark {
  /** As on the command line: words joined by `-`. */
  name: string;
  /** What is measured, and how it is loaded. */
  measures: string;
  /** Who does the same beside it, a sentence each. */
  peers: readonly string[];
  limit: Limit;
  goals: readonly Goal[];
  /** What the figure was before, and where that was measured. */
  was: string;
  /** `regions`: on three regions that all benchmarks of this kind share. `alone`: on what it starts itself. */
  on: 'alone' | 'regions';
  run(run: BenchRun): Promise<Measured>;
}

export interface Bound {
  /** The name of a figure. */
  figure: string;
  atLeast?: number;
  atMost?: number;
}

/** What no result can be, by physics or by how things are built. One that is, is a mistake in what was measured. */
export interface Limit extends Bound {
  why: string;
}

export interface Goal extends Bound {
  /** Why this much, when the issue does not say it. */
  why?: string;
}

export interface BenchRun {
  /** `quick` shows that all of it works, `full` is for figures. */
  scale: 'quick' | 'full';
  /** How often each contestant is measured. */
  rounds: number;
  /** An empty folder, passable by everyone, that is removed afterwards. */
  scratch: string;
  /** The replication engines to be compared, the one of interest first. */
  engines: readonly string[];
  /** Tells a person how far the benchmark is. */
  say(line: string): void;
}

export interface Figure {
  /** `ms`, `/s`, `×` for a ratio, `` for a number of things. */
  unit: string;
  /** One value per round. */
  samples: readonly number[];
}

export interface Measured {
  figures: Record<string, Figure>;
  /** Peers that were not measured, each as a sentence with its reason. */
  absent?: readonly string[];
}
