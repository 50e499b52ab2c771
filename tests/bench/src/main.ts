import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { REPLICATION_ENGINES } from '@meridian/contracts';
import { repositoryRoot } from '@meridian/test-harness';
import threeRegions from '@meridian/test-harness/three-regions';
import type { Benchmark } from './benchmark.ts';
import { BENCHMARKS } from './catalogue.ts';
import { describeMachine } from './machine.ts';
import { type BenchRecord, goOn, keepRecord, readRecord } from './report/bench-record.ts';
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
const USAGE = `npm run bench -- [names …] [--quick] [--rounds N] [--engines NAME,…] [--json] [--write] [--resume FILE]
benchmarks: ${BENCHMARKS.map(({ name }) => name).join(', ')}
--quick    1 or 2 short rounds of each: shows that it works, and is not for figures
--engines  replication engines to compare, the one of interest first (default: MERIDIAN_REPLICATOR or verbatim,
           against mirrormaker2): ${REPLICATION_ENGINES.join(', ')}
--resume   goes on with the record of a run that was broken off, or that had other benchmarks
--json     the record on stdout and nothing else there
--write    makes docs/reference/performance.md of this run`;

/** Fewer say nothing of how much the rounds differ. */
const ROUNDS = { quick: 2, full: 5 };
const PAGE = path.join(repositoryRoot, 'docs/reference/performance.md');

function refuse(sentence: string): never {
  console.error(`${sentence}\n${USAGE}`);
  process.exit(2);
}

function commandLine() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        engines: { type: 'string', default: `${process.env.MERIDIAN_REPLICATOR || 'verbatim'},mirrormaker2` },
        json: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        resume: { type: 'string' },
      },
    });
    const unknown = positionals.find((name) => !BENCHMARKS.some((b) => b.name === name));
    if (unknown !== undefined) return refuse(`There is no benchmark "${unknown}".`);
    const scale = values.quick ? ('quick' as const) : ('full' as const);
    const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
    if (rounds !== undefined && (!Number.isSafeInteger(rounds) || rounds < 1))
      return refuse('--rounds wants a whole number from 1 on.');
    const engines = [...new Set(values.engines.split(',').filter(Boolean))];
    if (engines.length === 0) return refuse('--engines wants at least one name.');
    const stranger = engines.find((name) => !REPLICATION_ENGINES.some((engine) => engine === name));
    if (stranger !== undefined) return refuse(`There is no engine "${stranger}".`);
    if (values.write && values.quick) return refuse('A page is not made of a quick run.');
    const before = values.resume === undefined ? undefined : readRecord(values.resume);
    if (before?.results.some((result) => result.scale !== scale))
      return refuse(`${values.resume} is not of a ${scale} run.`);
    return { ...values, scale, rounds, engines, before, names: positionals };
  } catch (failure) {
    return refuse((failure as Error).message);
  }
}

const { names, scale, rounds, engines, before, json, write } = commandLine();
const has = ({ name }: Benchmark) => before?.results.some((result) => result.name === name && !result.error);
const chosen = BENCHMARKS.filter((b) => (names.length === 0 ? !has(b) : names.includes(b.name)));
const tell = (line: string) => (json ? console.error(line) : console.log(line));
const began = performance.now();
const at = new Date().toISOString();
const machine = describeMachine();
const results: BenchResult[] = [];
const records = path.join(repositoryRoot, '.meridian/bench');
const file = path.join(records, `${at.replaceAll(':', '-')}.json`);

function roundsOf({ slow }: Benchmark): number {
  return rounds ?? (slow && scale === 'quick' ? 1 : ROUNDS[scale]);
}

async function runThose(on: 'alone' | 'regions'): Promise<void> {
  for (const benchmark of chosen.filter((b) => b.on === on)) {
    tell(`\n${renderHead(benchmark)}`);
    const settings = { scale, rounds: roundsOf(benchmark), engines, say: (line: string) => tell(`   … ${line}`) };
    const result = await runBenchmark(benchmark, settings);
    tell(`\n${renderResult(result)}`);
    results.push(result);
    await keepRecord(file, recordSoFar());
  }
}

function recordSoFar(): BenchRecord {
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ').replace(/ --$/, '');
  const minutes = Math.round((performance.now() - began) / 60_000);
  return goOn(before, { at, command, machine, minutes, results });
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

await runThose('alone');
if (chosen.some((b) => b.on === 'regions')) {
  stopRegions = await threeRegions();
  await runThose('regions');
  await stopRegions();
  stopRegions = undefined;
}

const record = recordSoFar();
await keepRecord(file, record);
if (write) {
  await mkdir(path.dirname(PAGE), { recursive: true });
  await writeFile(PAGE, renderPerformancePage(record, BENCHMARKS));
}
if (json) console.log(JSON.stringify(record, null, 2));
else console.log(`\n${renderSummary(record.results)}\n\nThe record is ${path.relative(process.cwd(), file)}.`);
process.exit(record.results.every(({ credible }) => credible) ? 0 : 1);
