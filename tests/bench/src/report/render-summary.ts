import type { BenchResult } from '../run-benchmark.ts';

/** One row per benchmark: what `npm run bench` ends with. */
export function renderSummary(results: readonly BenchResult[]): string {
  const rows = results.map(({ name, goals, limit, error, seconds, commit, at, loadAverage }) => {
    const met = goals.filter((goal) => goal.outcome === 'met').length;
    const others = goals
      .filter((goal) => goal.outcome !== 'met')
      .map(({ figure, outcome }) => (outcome === 'missed' ? figure : `${figure} (not measured)`));
    const told = error ? 'no figures' : `${met} of ${goals.length} met`;
    const missed = error ? '–' : others.join('; ') || '–';
    const cells = [name, told, missed, limit.outcome, `${seconds} s`, at.slice(0, 10), commit, loadAverage ?? '–'];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| benchmark | goals | goals missed | limit | took | on | commit | load average |',
    '| --- | --- | --- | --- | --- | --- | --- | ---: |',
    ...rows,
  ].join('\n');
}
