import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Benchmark, BenchRun, Measured } from './benchmark.ts';
import { type Judgement, judge } from './judge.ts';
import { loadAverage } from './machine.ts';
import { Started } from './servers.ts';

export interface BenchResult extends Measured, Judgement {
  name: string;
  scale: BenchRun['scale'];
  rounds: number;
  seconds: number;
  /** The state of the code. */
  commit: string;
  /** When it began, in ISO 8601. */
  at: string;
  /** When it began; undefined in a record of before this was noted. */
  loadAverage?: number;
  /** Why it came to no figures. */
  error?: string;
}

export type BenchSettings = Omit<BenchRun, 'scratch'> & Pick<BenchResult, 'commit'>;

/** A benchmark that throws has no figures, and a limit of which nothing is known: it is not credible. */
export async function runBenchmark(benchmark: Benchmark, settings: BenchSettings): Promise<BenchResult> {
  const startedMs = performance.now();
  const scratch = await mkdtemp(path.join(tmpdir(), `meridian-bench-${benchmark.name}-`));
  // mkdtemp makes it private; PostgreSQL may have to run as another user than root.
  await chmod(scratch, 0o755);
  const started = new Started();
  started.add({ stop: () => rm(scratch, { recursive: true, force: true }) });
  const { scale, rounds, commit } = settings;
  const began = { at: new Date().toISOString(), loadAverage: loadAverage() };
  const told = { name: benchmark.name, scale, rounds, commit, ...began };
  const seconds = () => Math.round((performance.now() - startedMs) / 100) / 10;
  try {
    const measured = await benchmark.run({ ...settings, scratch });
    return { ...told, ...measured, ...judge(benchmark, measured), seconds: seconds() };
  } catch (failure) {
    const error = failure instanceof Error ? failure.message : String(failure);
    return { ...told, figures: {}, ...judge(benchmark, { figures: {} }), seconds: seconds(), error };
  } finally {
    await started.stopAll();
  }
}
