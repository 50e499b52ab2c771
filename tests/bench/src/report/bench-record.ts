import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Machine } from '../machine.ts';
import type { BenchResult } from '../run-benchmark.ts';

/** What a run came to. Kept after each of its benchmarks, since the next one may break the run off. */
export interface BenchRecord {
  /** When it began, in ISO 8601. */
  at: string;
  /** As it was typed; of several runs, joined by `; then`. */
  command: string;
  machine: Machine;
  minutes: number;
  results: BenchResult[];
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
  return read as BenchRecord;
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
    command: `${before.command}; then ${now.command}`,
    machine: { ...before.machine, commit: [...commits].join(' and ') },
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
