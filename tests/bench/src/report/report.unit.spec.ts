import { describe, expect, it } from 'vitest';
import type { Benchmark } from '../benchmark.ts';
import { judge } from '../judge.ts';
import type { BenchResult } from '../run-benchmark.ts';
import { renderPerformancePage } from './render-performance-page.ts';
import { renderResult } from './render-result.ts';

const lag: Benchmark = {
  name: 'lag',
  measures: 'How long a record is under way.',
  peers: ['`mirrormaker2`'],
  limit: { figure: 'lag, p50', atLeast: 42.5, why: 'light needs half a round trip' },
  goals: [
    { figure: 'lag, p50', atMost: 75 },
    { figure: 'lag, p99', atMost: 200 },
  ],
  was: 'nothing',
  on: 'alone',
  run: () => Promise.reject(new Error('not here')),
};

function result(samples: number[], p99 = [300]): BenchResult {
  const figures = { 'lag, p50': { unit: 'ms', samples }, 'lag, p99': { unit: 'ms', samples: p99 } };
  return { name: 'lag', scale: 'full', rounds: 3, seconds: 12, figures, ...judge(lag, { figures }) };
}

describe('the table of a benchmark', () => {
  it('has the median with the whole range', () =>
    expect(renderResult(result([50, 52.123, 1234]))).toContain('| lag, p50 | 52.1 ms | 50 | 1,234 |'));

  it('says of each goal whether it was met', () => {
    const said = renderResult(result([50]));
    expect(said).toContain('- ✓ met: 50 ms (goal: lag, p50 at most 75)');
    expect(said).toContain('- ✗ missed: 300 ms (goal: lag, p99 at most 200)');
  });

  it('cries when the limit was beaten', () =>
    expect(renderResult(result([50, 41]))).toContain('✗ LIMIT BEATEN by 41 (lag, p50 at least 42.5: light needs'));
});

it('the page says where, when and by what it was measured, what was missed and what was left out', () => {
  const machine = {
    ...{ processor: 'Xeon', processors: 2, memoryGiB: 23, system: 'Debian', node: '24.21.0' },
    ...{ loadAverage: 0.1, commit: 'abc1234' },
  };
  const record = { at: '2026-11-29T16:00:00Z', command: 'npm run bench -- --write', machine, minutes: 40 };
  const page = renderPerformancePage({ ...record, results: [result([50])] }, [lag, { ...lag, name: 'drain' }]);
  for (const part of ['2026-11-29', 'npm run bench -- --write', '2 × Xeon', 'abc1234', '40 min', '## lag'])
    expect(page).toContain(part);
  expect(page).toContain('| lag | 1 of 2 met | lag, p99 | kept | 12 s |');
  expect(page).toContain('Not in this run: drain.');
});
