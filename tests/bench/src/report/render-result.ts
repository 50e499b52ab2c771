import type { Benchmark, Bound, Figure } from '../benchmark.ts';
import type { JudgedGoal, JudgedLimit } from '../judge.ts';
import type { BenchResult } from '../run-benchmark.ts';
import { spreadOf } from '../statistics.ts';

export function renderHead({ name, measures }: Benchmark): string {
  return `── ${name}\n   ${measures}`;
}

/** As a terminal has it: what is looked for comes last. */
export function renderResult(result: BenchResult): string {
  return [renderFigures(result), renderVerdict(result)].filter(Boolean).join('\n\n');
}

/** A Markdown table; empty when there are no figures. */
export function renderFigures({ figures }: BenchResult): string {
  const rows = Object.entries(figures).map(([name, figure]) => `| ${name} | ${cells(figure).join(' | ')} |`);
  return rows.length === 0
    ? ''
    : ['| figure | median | least | most |', '| --- | ---: | ---: | ---: |', ...rows].join('\n');
}

/** Its goals, whether it is to be believed, and what is missing. */
export function renderVerdict({ figures, goals, limit, absent = [], error, seconds, rounds }: BenchResult): string {
  return [
    ...goals.map((goal) => `- ${goalInWords(goal, figures[goal.figure])}`),
    `- ${limitInWords(limit, figures[limit.figure])}`,
    ...absent.map((sentence) => `- Not measured: ${sentence}`),
    ...(error ? [`- It came to no figures: ${error}`] : []),
    `- ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, ${seconds} s`,
  ].join('\n');
}

function goalInWords(
  { outcome, value, why, figure, ...bound }: JudgedGoal,
  { unit = '' }: Partial<Figure> = {},
): string {
  const goal = `goal: ${boundInWords(bound, unit)}${why ? `; ${why}` : ''}`;
  if (value === undefined) return `? Not measured: ${figure} (${goal})`;
  return `${outcome === 'met' ? '✓ Met' : '✗ Missed'}: ${figure} is ${withUnit(value, unit)} (${goal})`;
}

function limitInWords(limit: JudgedLimit, { unit = '', samples = [] }: Partial<Figure> = {}): string {
  const { outcome, beatenBy, figure, why } = limit;
  const says = `limit: ${boundInWords(limit, unit)}; ${why}`;
  if (outcome === 'unknown') return `✗ Nothing to hold against the limit of ${figure} (${says})`;
  if (outcome === 'beaten')
    return `✗ LIMIT BEATEN: ${figure} is ${beatenBy.map(round).join(', ')} (${says}). Something was not measured as it seems to be.`;
  const nearest = limit.atLeast === undefined ? Math.max(...samples) : Math.min(...samples);
  return `✓ Limit kept: ${figure} is ${withUnit(nearest, unit)} where it is nearest (${says})`;
}

function boundInWords({ atLeast, atMost }: Omit<Bound, 'figure'>, unit: string): string {
  const parts = [
    ...(atLeast === undefined ? [] : [`at least ${withUnit(atLeast, unit)}`]),
    ...(atMost === undefined ? [] : [`at most ${withUnit(atMost, unit)}`]),
  ];
  return parts.join(' and ');
}

function cells({ unit, samples }: Figure): string[] {
  if (samples.length === 0) return ['–', '–', '–'];
  const { median, min, max } = spreadOf(samples);
  return [withUnit(median, unit), round(min), round(max)];
}

function withUnit(value: number, unit: string): string {
  return [round(value), unit].filter(Boolean).join(unit.startsWith('/') ? '' : ' ');
}

/** Three digits that count; whole numbers from 100 on. */
function round(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-GB');
  return String(Number(value.toPrecision(3)));
}
