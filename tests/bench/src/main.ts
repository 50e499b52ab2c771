import path from 'node:path';
import { REPLICATION_ENGINES } from '@meridian/contracts';
import { repositoryRoot } from '@meridian/test-harness';
import threeRegions from '@meridian/test-harness/three-regions';
import { writePage } from '@meridian/testing';
import type { Benchmark } from './benchmark.ts';
import { BENCHMARKS } from './catalogue.ts';
import { type Asked, readCommandLine, usageOf } from './command-line.ts';
import { describeMachine } from './machine.ts';
import { recordProfiles } from './profile/record-profiles.ts';
import {
  type BenchRecord,
  goOn,
  keepRecord,
  NotARecord,
  ofAnotherCommit,
  readRecord,
  whyNotTogether,
} from './report/bench-record.ts';
import { renderPerformancePage } from './report/render-performance-page.ts';
import { renderHead, renderResult } from './report/render-result.ts';
import { renderSummary } from './report/render-summary.ts';
import { type BenchResult, runBenchmark } from './run-benchmark.ts';
import { Started } from './servers.ts';

/**
 * `npm run bench`: one benchmark after the other, then a table. The record in `.meridian/bench` is kept after each. Exit code 0
 * when every limit was kept, goals met or not; 1 when a limit was beaten or a benchmark came to no figures; 2 when the
 * command line is wrong.
 */

/** Fewer than five say little of how much rounds differ; a quick run is not for figures. */
const ROUNDS = { quick: 1, full: 5 };
const PAGE = path.join(repositoryRoot, 'docs/reference/performance.md');

const known = {
  benchmarks: BENCHMARKS.map(({ name }) => name),
  engines: REPLICATION_ENGINES,
  replicator: process.env.MERIDIAN_REPLICATOR,
};

function refuse(sentence: string): never {
  console.error(sentence);
  process.exit(2);
}

function whatIsAsked(): Asked {
  const asked = readCommandLine(process.argv.slice(2), known);
  if (asked.kind === 'refused') return refuse(`${asked.sentence}\n${usageOf(known)}`);
  if (asked.kind === 'run') return asked;
  console.log(usageOf(known));
  return process.exit(0);
}

function recordBefore(file: string): BenchRecord {
  try {
    const read = readRecord(file);
    const why = whyNotTogether(read, { machine, engines, scale });
    if (why !== undefined) return refuse(`${file} cannot be gone on with. ${why}`);
    const warning = ofAnotherCommit(read, machine);
    if (warning !== undefined) console.error(`${file} is gone on with. ${warning}`);
    return read;
  } catch (failure) {
    if (failure instanceof NotARecord) return refuse(failure.message);
    throw failure;
  }
}

const { names, scale, rounds, engines, json, write, profile, resume } = whatIsAsked();
const machine = describeMachine();
const before = resume === undefined ? undefined : recordBefore(resume);
const has = ({ name }: Benchmark) => before?.results.some((result) => result.name === name && !result.error);
const chosen = BENCHMARKS.filter((b) => names?.includes(b.name) ?? !has(b));
const tell = (line: string) => (json ? console.error(line) : console.log(line));
const began = performance.now();
const at = new Date().toISOString();
const results: BenchResult[] = [];
const records = path.join(repositoryRoot, '.meridian/bench');
const stamp = at.replaceAll(':', '-');
const file = path.join(records, `${stamp}.json`);
// Regions are started by other processes, which read this.
process.env.MERIDIAN_REPLICATOR = engines[0];

async function run(benchmark: Benchmark): Promise<void> {
  tell(`\n${renderHead(benchmark)}`);
  const say = (line: string) => tell(`   … ${line}`);
  const settings = { scale, rounds: rounds ?? ROUNDS[scale], engines, say, commit: machine.commit };
  const result = await runBenchmark(benchmark, settings);
  tell(`\n${renderResult(result)}`);
  results.push(result);
  if (!profile) await keepRecord(file, recordSoFar());
}

/** With `--profile`, what every Node process that `work` starts and ends did with its processor time. */
async function profiled(what: string, work: () => Promise<void>): Promise<void> {
  if (!profile) return work();
  const folder = path.join(records, 'profiles', stamp, what);
  const recording = recordProfiles(folder);
  try {
    await work();
  } finally {
    const longest = recording.summarise().map((line) => `\n- ${line}`);
    tell(
      `\nProfiles, as text, are in ${path.relative(process.cwd(), folder)}; longest in themselves:${longest.join('')}`,
    );
  }
}

function recordSoFar(): BenchRecord {
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ').replace(/ --$/, '');
  const minutes = Math.round((performance.now() - began) / 6_000) / 10;
  return goOn(before, { at, command, machine, engines, minutes, results });
}

/** A contestant that is somebody else's code can throw where nobody waits for it. */
async function giveUp(why: string): Promise<never> {
  console.error(why);
  await Started.stopEverything();
  await stopRegions?.();
  process.exit(1);
}
let stopRegions: (() => Promise<void>) | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void giveUp('Stopped before its end.'));
process.once('uncaughtException', (failure) => void giveUp(`It broke off: ${failure.stack ?? failure}`));

for (const benchmark of chosen.filter(({ on }) => on === 'alone')) await profiled(benchmark.name, () => run(benchmark));
const onRegions = chosen.filter(({ on }) => on === 'regions');
if (onRegions.length > 0)
  await profiled('regions', async () => {
    // `footprint` has left the disks as a start makes them, and on those the next start takes half the time.
    const onEmptyDisks = !results.some(({ name, error }) => name === 'footprint' && !error);
    stopRegions = await threeRegions({ onEmptyDisks });
    for (const benchmark of onRegions) await run(benchmark);
    await stopRegions();
    stopRegions = undefined;
  });

const record = recordSoFar();
// Each benchmark has kept it; when none had to run, this one has still to be kept under its own name.
if (chosen.length === 0) await keepRecord(file, record);
if (write) await writePage(PAGE, renderPerformancePage(record, BENCHMARKS));
if (json) console.log(JSON.stringify(record, null, 2));
else {
  const kept = profile
    ? 'No record: recording profiles takes time'
    : `The record is ${path.relative(process.cwd(), file)}`;
  console.log(`\n${renderSummary(record.results)}\n\n${kept}.`);
}
process.exit(record.results.every(({ credible }) => credible) ? 0 : 1);
