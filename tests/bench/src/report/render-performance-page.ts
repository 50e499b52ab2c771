import type { Benchmark } from '../benchmark.ts';
import { type BenchRecord, runsOf } from './bench-record.ts';
import { renderFigures, renderVerdict } from './render-result.ts';
import { renderSummary } from './render-summary.ts';

/** What one would type for all of it at once, however many runs it took. */
const COMMAND = 'npm run bench -- --write';

/** By hand, and a test holds it against this page. */
const EXPLANATION = '../explanation/where-the-time-goes.md';

/** docs/reference/performance.md, whole: nothing in it is written by hand. */
export function renderPerformancePage(record: BenchRecord, all: readonly Benchmark[]): string {
  // In the order of the catalogue, whatever was measured last.
  const results = all.flatMap(({ name }) => record.results.filter((result) => result.name === name));
  const known = (name: string) => all.find((benchmark) => benchmark.name === name) as Benchmark;
  const left = all.filter(({ name }) => !results.some((result) => result.name === name)).map(({ name }) => name);
  return [
    '# Performance',
    `<!-- Made by \`${COMMAND}\`; do not edit. -->`,
    renderOrigin(record),
    [
      'Clients, services, brokers and databases ran on this one machine and waited for each other: ratios of what was measured side',
      'by side say more than rates. Contestants were measured by turns, in rounds. A figure is the median of the rounds, with the least',
      'and the most of them; CPU is what the operating system counted. A goal is held against the median. A limit is what nothing can',
      'beat; it is held against every round, and a result that beats it makes the run fail.',
    ].join('\n'),
    renderSummary(results),
    'The load average is that of the minute before a benchmark began, the benchmark before it and the start of the regions included; a commit with a `+` had changes that were not committed.',
    ...(left.length > 0 ? [`Not in this run: ${left.join(', ')}.`] : []),
    ...results.flatMap((result) => {
      const { measures, peers, was } = known(result.name);
      return [
        `## ${result.name}`,
        measures,
        ['Beside it:', '', ...peers.map((peer) => `- ${peer}`)].join('\n'),
        `Goals and limit:\n\n${renderVerdict(result)}`,
        ...(result.goals.some(({ outcome }) => outcome === 'missed') ? [whereItGoes(result.name)] : []),
        ...[renderFigures(result)].filter(Boolean),
        `Before: ${was}`,
      ];
    }),
  ]
    .join('\n\n')
    .concat('\n');
}

const whereItGoes = (name: string) =>
  `Where the time goes, what was tried and what comes next: [${name}](${EXPLANATION}#${name}).`;

function renderOrigin(record: BenchRecord): string {
  const { machine, engines, minutes } = record;
  const { processor, processors, memoryGiB, system, node } = machine;
  const runs = runsOf(record);
  const [ours, ...peers] = engines.map((engine) => `\`${engine}\``);
  const beside = peers.length > 0 ? `; it is compared with ${peers.join(', ')}` : '';
  return [
    '| measured | |',
    '| --- | --- |',
    `| by | \`${COMMAND}\`${runs > 1 ? `, put together from ${runs} runs` : ''} |`,
    `| in | ${Number(minutes.toFixed(1))} min |`,
    `| machine | ${processors} × ${processor}, ${memoryGiB} GiB |`,
    `| system | ${system}, Node ${node} |`,
    `| replication engine | ${ours}, called \`ours\` below, also of all regions${beside} |`,
  ].join('\n');
}
