import type { BenchResult } from '../run-benchmark.ts';

/** One row per benchmark: what `npm run bench` ends with. */
export function renderSummary(results: readonly BenchResult[]): string {
  const rows = results.map(({ name, goals, limit, error, seconds }) => {
    const met = goals.filter((goal) => goal.outcome === 'met').length;
    const others = goals
      .filter((goal) => goal.outcome !== 'met')
      .map(({ figure, outcome }) => (outcome === 'missed' ? figure : `${figure} (not measured)`));
    const told = error ? 'no figures' : `${met} of ${goals.length} met`;
    return `| ${[name, told, error ? '–' : others.join('; ') || '–', limit.outcome, `${seconds} s`].join(' | ')} |`;
  });
  return ['| benchmark | goals | goals missed | limit | took |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}
