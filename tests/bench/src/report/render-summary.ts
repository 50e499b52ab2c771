import type { BenchResult } from '../run-benchmark.ts';

/** One row per benchmark: what `npm run bench` ends with. */
export function renderSummary(results: readonly BenchResult[]): string {
  const rows = results.map(({ name, goals, limit, error, seconds }) => {
    const count = (outcome: string) => goals.filter((goal) => goal.outcome === outcome).length;
    const missed = goals.filter((goal) => goal.outcome === 'missed').map((goal) => goal.figure);
    const told = error ? 'no figures' : `${count('met')} of ${goals.length} met`;
    return `| ${[name, told, missed.join('; ') || '–', limit.outcome, `${seconds} s`].join(' | ')} |`;
  });
  return ['| benchmark | goals | missed | limit | took |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}
