import { describe, expect, it } from 'vitest';
import type { Benchmark, Figure } from '../benchmark.ts';
import { judge } from '../judge.ts';
import type { BenchResult } from '../run-benchmark.ts';
import { goOn } from './bench-record.ts';
import { renderPerformancePage } from './render-performance-page.ts';
import { renderResult } from './render-result.ts';
import { renderSummary } from './render-summary.ts';

const lag: Benchmark = {
  name: 'lag',
  measures: 'How long a record is under way.',
  peers: ['`mirrormaker2`'],
  limit: { figure: 'lag, p50', atLeast: 42.5, why: 'light needs half a round trip' },
  goals: [
    { figure: 'lag, p50', atMost: 75 },
    { figure: 'lag, p99', atMost: 200, why: 'people wait' },
  ],
  was: 'nothing',
  on: 'alone',
  run: () => Promise.reject(new Error('not here')),
};

function result(samples: number[], p99 = [300]): BenchResult {
  const figures = { 'lag, p50': { unit: 'ms', samples }, 'lag, p99': { unit: 'ms', samples: p99 } };
  const began = { commit: 'abc1234', at: '2026-11-29T16:00:00Z', loadAverage: 0.1 };
  return { name: 'lag', scale: 'full', rounds: 3, seconds: 12, ...began, figures, ...judge(lag, { figures }) };
}

describe('the table of a benchmark', () => {
  it('has the median with the whole range', () =>
    expect(renderResult(result([50, 52.123, 1234]))).toContain('| lag, p50 | 52.1 ms | 50 | 1,234 |'));

  it('says of each goal whether it was met, in the unit of its figure, and why it is that much', () => {
    const said = renderResult(result([50]));
    expect(said).toContain('- ✓ Met: lag, p50 is 50 ms (goal: at most 75 ms)');
    expect(said).toContain('- ✗ Missed: lag, p99 is 300 ms (goal: at most 200 ms; people wait)');
  });

  it('says of a goal without a figure that it was not measured', () =>
    expect(renderResult({ ...result([50]), ...judge(lag, { figures: {} }) })).toContain(
      '- ? Not measured: lag, p50 (goal: at most 75 ms)',
    ));

  it('says how near the limit was', () =>
    expect(renderResult(result([50, 44, 60]))).toContain(
      '✓ Limit kept: lag, p50 is 44 ms where it is nearest (limit: at least 42.5 ms; light needs half a round trip)',
    ));

  it('cries when the limit was beaten', () =>
    expect(renderResult(result([50, 41]))).toContain('✗ LIMIT BEATEN: lag, p50 is 41 (limit: at least 42.5 ms; light'));
});

describe('the page', () => {
  const machine = {
    ...{ processor: 'Xeon', processors: 2, memoryGiB: 23, system: 'Debian', node: '24.21.0' },
    ...{ loadAverage: 4, commit: 'abc1234' },
  };
  const record = {
    ...{ at: '2026-11-29T16:00:00Z', command: 'npm run bench -- --write', machine, minutes: 40 },
    engines: ['verbatim', 'mirrormaker2'],
  };
  const all = [lag, { ...lag, name: 'drain' }];

  it('says where, when and by what it was measured, what was missed and what was left out', () => {
    const page = renderPerformancePage({ ...record, results: [result([50])] }, all);
    for (const part of ['| by | `npm run bench -- --write` |', '2 × Xeon', '40 min', '## lag'])
      expect(page).toContain(part);
    expect(page).toContain('| lag | 1 of 2 met | lag, p99 | kept | 12 s | 2026-11-29 | abc1234 | 0.1 |');
    expect(page).toContain('Not in this run: drain.');
    expect(page).toMatch(/✓ Met: lag, p50.*\| lag, p50 \|/s);
    expect(page).toContain('`verbatim`, called `ours` below, also of all regions; it is compared with `mirrormaker2`');
  });

  it('says where a missed goal is accounted for, and only then', () => {
    const link = '[lag](../explanation/where-the-time-goes.md#lag)';
    expect(renderPerformancePage({ ...record, results: [result([50])] }, all)).toContain(link);
    expect(renderPerformancePage({ ...record, results: [result([50], [100])] }, all)).not.toContain(link);
  });

  it('has the order of the catalogue, whatever was measured last', () => {
    const results = [{ ...result([50]), name: 'drain' }, result([50])];
    const page = renderPerformancePage({ ...record, results }, all);
    expect(page.indexOf('## lag')).toBeLessThan(page.indexOf('## drain'));
  });

  it('says of how many runs it was put together, and of each result its own day, commit and load', () => {
    const of3Runs = goOn(goOn({ ...record, results: [result([50])] }, { ...record, results: [] }), {
      ...record,
      ...{ command: 'npm run bench -- drain --resume FILE --write', at: '2026-11-30T04:00:00Z' },
      results: [{ ...result([50]), name: 'drain', commit: 'def5678+', at: '2026-11-30T04:01:00Z', loadAverage: 2 }],
    });
    const page = renderPerformancePage(of3Runs, all);
    expect(page).toContain('| by | `npm run bench -- --write`, put together from 3 runs |');
    expect(page).toContain('12 s | 2026-11-29 | abc1234 | 0.1 |');
    expect(page).toContain('12 s | 2026-11-30 | def5678+ | 2 |');
    expect(page).not.toContain('--resume');
  });
});

it('a goal that was not measured is not among those that were met, in the summary', () => {
  const { figures } = result([50]);
  const measured = { figures: { 'lag, p50': figures['lag, p50'] as Figure } };
  expect(renderSummary([{ ...result([50]), ...measured, ...judge(lag, measured) }])).toContain(
    '| lag | 1 of 2 met | lag, p99 (not measured) | kept | 12 s | 2026-11-29 | abc1234 | 0.1 |',
  );
});
