import type { Benchmark, Bound, Figure } from '../benchmark.ts';
import type { GoalOutcome } from '../judge.ts';
import type { BenchResult } from '../run-benchmark.ts';
import { spreadOf } from '../statistics.ts';

const MARK: Record<GoalOutcome, string> = { met: '✓ met', missed: '✗ missed', 'not measured': '? not measured' };

export function renderHead({ name, measures }: Benchmark): string {
  return `── ${name}\n   ${measures}`;
}

/** Figures of one benchmark as a Markdown table, its goals, and whether it is to be believed. */
export function renderResult({ figures, goals, limit, absent = [], error, seconds, rounds }: BenchResult): string {
  const rows = Object.entries(figures).map(([name, figure]) => `| ${name} | ${cells(figure).join(' | ')} |`);
  return [
    ...(rows.length > 0 ? ['| figure | median | least | most |', '| --- | --- | --- | --- |', ...rows, ''] : []),
    ...goals.map((goal) => {
      const value = goal.value === undefined ? '' : `: ${withUnit(goal.value, figures[goal.figure]?.unit ?? '')}`;
      return `- ${MARK[goal.outcome]}${value} (goal: ${boundInWords(goal)})`;
    }),
    `- ${limitInWords(limit)}`,
    ...absent.map((sentence) => `- Not measured: ${sentence}`),
    ...(error ? [`- It came to no figures: ${error}`] : []),
    `- ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, ${seconds} s`,
  ].join('\n');
}

function limitInWords({ outcome, beatenBy, why, ...bound }: BenchResult['limit']): string {
  const says = `${boundInWords(bound)}: ${why}`;
  if (outcome === 'kept') return `Limit kept (${says})`;
  if (outcome === 'unknown') return `✗ Nothing to hold against the limit (${says})`;
  return `✗ LIMIT BEATEN by ${beatenBy.map(round).join(', ')} (${says}). Something was not measured as it seems to be.`;
}

export function boundInWords({ figure, atLeast, atMost }: Bound): string {
  const parts = [
    ...(atLeast === undefined ? [] : [`at least ${atLeast}`]),
    ...(atMost === undefined ? [] : [`at most ${atMost}`]),
  ];
  return `${figure} ${parts.join(' and ')}`;
}

function cells({ unit, samples }: Figure): string[] {
  if (samples.length === 0) return ['–', '–', '–'];
  const { median, min, max } = spreadOf(samples);
  return [withUnit(median, unit), round(min), round(max)];
}

function withUnit(value: number, unit: string): string {
  return unit === '×'
    ? `${round(value)} ×`
    : [round(value), unit].filter(Boolean).join(unit.startsWith('/') ? '' : ' ');
}

/** Three digits that count; whole numbers from 100 on. */
function round(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-GB');
  return String(Number(value.toPrecision(3)));
}
