import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Outcome } from './conformance-case.ts';

const REPORTS = path.resolve(import.meta.dirname, '../../../.meridian/test-reports');

/** The latest result of each case of one engine: the page can be made without running everything at once. */
export interface RecordedRun {
  /** The day of the latest. */
  at: string;
  cores: number;
  outcomes: { name: string; kept: boolean; said: string }[];
}

const fileOf = (engine: string) => path.join(REPORTS, `conformance-${engine}`, 'outcomes.json');

export async function recordRun(engine: string, outcomes: readonly Outcome[]): Promise<void> {
  const now = outcomes.map((one) => ({ name: one.case.name, kept: one.kept, said: one.kept ? one.measured : one.why }));
  const before = (await recordedRuns([engine]))[engine]?.outcomes ?? [];
  const others = before.filter(({ name }) => !now.some((one) => one.name === name));
  const at = new Date().toISOString().slice(0, 10);
  const run: RecordedRun = { at, cores: availableParallelism(), outcomes: [...others, ...now] };
  await mkdir(path.dirname(fileOf(engine)), { recursive: true });
  await writeFile(fileOf(engine), JSON.stringify(run, null, 2));
}

/** Of the engines that have one, in their order. */
export async function recordedRuns(engines: readonly string[]): Promise<Record<string, RecordedRun>> {
  const runs: Record<string, RecordedRun> = {};
  for (const engine of engines) {
    const text = await readFile(fileOf(engine), 'utf8').catch(() => undefined);
    if (text) runs[engine] = JSON.parse(text) as RecordedRun;
  }
  return runs;
}
