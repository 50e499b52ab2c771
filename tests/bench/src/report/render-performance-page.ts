import type { Benchmark } from '../benchmark.ts';
import type { BenchRecord } from './bench-record.ts';
import { renderResult } from './render-result.ts';
import { renderSummary } from './render-summary.ts';

/** docs/reference/performance.md, whole: nothing in it is written by hand. */
export function renderPerformancePage(
  { at, command, machine, minutes, results }: BenchRecord,
  all: readonly Benchmark[],
): string {
  const known = (name: string) => all.find((benchmark) => benchmark.name === name) as Benchmark;
  const left = all.filter(({ name }) => !results.some((result) => result.name === name)).map(({ name }) => name);
  const { processor, processors, memoryGiB, system, node, loadAverage, commit } = machine;
  return [
    '# Performance',
    `<!-- Made by \`${command}\`; do not edit. -->`,
    [
      `Measured on ${at.slice(0, 10)} by \`${command}\` in ${minutes} min, commit ${commit}: ${processors} × ${processor}, ${memoryGiB} GiB,`,
      `${system}, Node ${node}; load average ${loadAverage} when it began. What loads, and all that is loaded, ran on this one machine.`,
    ].join(' '),
    'Each figure is the median of the rounds, with the least and the most of them; contestants were measured by turns. CPU is what the operating system counted. A goal that was missed is said to be missed. A result that beats its limit makes the run fail.',
    renderSummary(results),
    ...(left.length > 0 ? [`Not in this run: ${left.join(', ')}.`] : []),
    ...results.flatMap((result) => {
      const { measures, peers, was } = known(result.name);
      return [
        `## ${result.name}`,
        measures,
        ['Beside it:', ...peers.map((peer) => `- ${peer}`)].join('\n'),
        renderResult(result),
        `Before: ${was}`,
      ];
    }),
  ]
    .join('\n\n')
    .concat('\n');
}
