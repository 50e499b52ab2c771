import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Machine } from '../machine.ts';
import type { BenchResult } from '../run-benchmark.ts';

/** What a run came to. Kept after each of its benchmarks, since the next one may break the run off. */
export interface BenchRecord {
  /** When it began, in ISO 8601. */
  at: string;
  /** As it was typed; of several runs, joined by `THEN`. */
  command: string;
  machine: Machine;
  /** The replication engines that were compared; the first is what figures call `ours`, and what regions ran with. */
  engines: readonly string[];
  minutes: number;
  results: BenchResult[];
}

const THEN = '; then ';

/** How many runs a record was put together from. */
export function runsOf({ command }: Pick<BenchRecord, 'command'>): number {
  return command.split(THEN).length;
}

/** A file that is to be gone on with is none of ours. The message is a sentence for the user. */
export class NotARecord extends Error {}

/** Throws `NotARecord`. */
export function readRecord(file: string): BenchRecord {
  let read: Partial<BenchRecord>;
  try {
    read = JSON.parse(readFileSync(file, 'utf8')) as Partial<BenchRecord>;
  } catch (failure) {
    throw new NotARecord(`${file} cannot be read as the record of a run: ${(failure as Error).message}.`);
  }
  if (!Array.isArray(read?.results) || read.machine === undefined)
    throw new NotARecord(`${file} is not the record of a run.`);
  const { at, machine, results } = read as BenchRecord;
  // A record of before each result had its own has those of the whole.
  return {
    ...(read as BenchRecord),
    results: results.map((result) => ({ ...result, commit: result.commit ?? machine.commit, at: result.at ?? at })),
  };
}

/** What makes it another machine. Not the kernel, and not how busy it was. */
const OF_A_MACHINE = { processor: 'processor', processors: 'processors', memoryGiB: 'GiB of memory', node: 'Node' };

/** Why a record cannot be gone on with, in a sentence; undefined when it can: its figures and the new ones are one run's. */
export function whyNotTogether(
  before: BenchRecord,
  now: Pick<BenchRecord, 'machine' | 'engines'> & Pick<BenchResult, 'scale'>,
): string | undefined {
  if (before.results.some(({ scale }) => scale !== now.scale)) return `It is not of a ${now.scale} run.`;
  for (const [field, name] of Object.entries(OF_A_MACHINE) as [keyof typeof OF_A_MACHINE, string][])
    if (before.machine[field] !== now.machine[field])
      return `It was measured on another machine (${name}: ${before.machine[field]} there, ${now.machine[field]} here).`;
  // A record of before they were noted has none.
  const [theirs, these] = [before.engines ?? now.engines, now.engines].map((engines) => engines.join(','));
  if (theirs !== these) return `It compares other engines (--engines ${theirs}, and now ${these}).`;
  return undefined;
}

/**
 * Said and gone on with: a fault in a benchmark, mended after hours of the others, does not make their figures wrong. Each
 * result has its commit, and the page tells it.
 */
export function ofAnotherCommit(before: BenchRecord, { commit }: Machine): string | undefined {
  const known = before.machine.commit.split(' and ');
  return known.includes(commit)
    ? undefined
    : `It was measured at commit ${known.join(' and ')}, and this is ${commit}.`;
}

/**
 * Both runs as one: of a benchmark that is in both, the later result counts. The machine is the one of the earlier run, with
 * every commit that was measured, so that a page of two states of the code says so.
 */
export function goOn(before: BenchRecord | undefined, now: BenchRecord): BenchRecord {
  if (!before) return now;
  const again = new Set(now.results.map(({ name }) => name));
  const commits = new Set([...before.machine.commit.split(' and '), now.machine.commit]);
  return {
    at: before.at,
    command: `${before.command}${THEN}${now.command}`,
    machine: { ...before.machine, commit: [...commits].join(' and ') },
    engines: now.engines,
    minutes: before.minutes + now.minutes,
    results: [...before.results.filter(({ name }) => !again.has(name)), ...now.results],
  };
}

/** Whole or not at all: a run that is killed while it writes leaves the record as it was. */
export async function keepRecord(file: string, record: BenchRecord): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.part`, `${JSON.stringify(record, null, 2)}\n`);
  await rename(`${file}.part`, file);
}
