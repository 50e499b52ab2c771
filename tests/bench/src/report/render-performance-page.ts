import type { Benchmark } from '../benchmark.ts';
import type { BenchRecord } from './bench-record.ts';
import { renderFigures, renderVerdict } from './render-result.ts';
import { renderSummary } from './render-summary.ts';

/** docs/reference/performance.md, whole: nothing in it is written by hand. */
export function renderPerformancePage(record: BenchRecord, all: readonly Benchmark[]): string {
  const { command, results } = record;
  const known = (name: string) => all.find((benchmark) => benchmark.name === name) as Benchmark;
  const left = all.filter(({ name }) => !results.some((result) => result.name === name)).map(({ name }) => name);
  const isOfSeveralCommits = new Set(results.map(({ commit }) => commit)).size > 1;
  return [
    '# Performance',
    `<!-- Made by \`${command}\`; do not edit. -->`,
    renderOrigin(record),
    [
      'Clients, services, brokers and databases ran on this one machine and waited for each other: ratios of what was measured side',
      'by side say more than rates. Contestants were measured by turns, in rounds. A figure is the median of the rounds, with the least',
      'and the most of them; CPU is what the operating system counted. A goal is held against the median. A limit is what nothing can',
      'beat; it is held against every round, and a result that beats it makes the run fail.',
    ].join('\n'),
    renderSummary(results),
    ...(left.length > 0 ? [`Not in this run: ${left.join(', ')}.`] : []),
    ...results.flatMap((result) => {
      const { measures, peers, was } = known(result.name);
      return [
        `## ${result.name}`,
        measures,
        ['Beside it:', '', ...peers.map((peer) => `- ${peer}`)].join('\n'),
        renderVerdict(result),
        ...[renderFigures(result)].filter(Boolean),
        `Before: ${was}${isOfSeveralCommits ? ` Commit of this run: ${result.commit}.` : ''}`,
      ];
    }),
  ]
    .join('\n\n')
    .concat('\n');
}

function renderOrigin({ at, command, machine, engines, minutes }: BenchRecord): string {
  const { processor, processors, memoryGiB, system, node, loadAverage, commit } = machine;
  const [ours, ...peers] = engines.map((engine) => `\`${engine}\``);
  const beside = peers.length > 0 ? `; it is compared with ${peers.join(', ')}` : '';
  return [
    '| measured | |',
    '| --- | --- |',
    `| on | ${at.slice(0, 10)}, in ${Number(minutes.toFixed(1))} min |`,
    `| by | \`${command}\` |`,
    `| commit | ${commit}${commit.includes('+') ? ' (+: with changes that are not committed)' : ''} |`,
    `| machine | ${processors} × ${processor}, ${memoryGiB} GiB |`,
    `| system | ${system}, Node ${node} |`,
    `| load average | ${loadAverage} when it began |`,
    `| replication engine | ${ours}, called \`ours\` below, also of all regions${beside} |`,
  ].join('\n');
}
