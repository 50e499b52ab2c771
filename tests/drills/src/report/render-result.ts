import type { Drill, Validity } from '../drill.ts';
import type { DrillResult } from '../run-drill.ts';

const MARK: Record<string, string> = { true: '✓', false: '✗', unknown: '?' };
const markOf = (valid: Validity) => MARK[String(valid)];

export function renderHead({ name, hypothesis, fault, sabotage }: Drill, isSabotaged: boolean): string {
  const lines = [`── ${name}`, `   hypothesis  ${hypothesis}`, `   fault       ${fault}`];
  return [...lines, ...(isSabotaged ? [`   sabotage    ${sabotage}`] : [])].join('\n');
}

export function renderResult({ checks, figures, traceIds = [], valid, seconds, seed, error }: DrillResult): string {
  const figureLines = Object.entries(figures).map(([name, value]) => `   ${name.padEnd(30)}  ${value}`);
  const checkLines = checks.flatMap((c) => [
    `   ${markOf(c.valid)} ${c.invariant.padEnd(3)}  ${c.rule}`,
    ...c.evidence.map((seen) => `            ${seen}`),
  ]);
  return [
    ...figureLines,
    ...(traceIds.length > 0 ? [`   ${'traces'.padEnd(30)}  ${traceIds.join(' ')}`] : []),
    ...checkLines,
    ...(error ? [`   ? it came to no observation: ${error}`] : []),
    `   valid: ${valid}   ${seconds} s, seed ${seed}`,
  ].join('\n');
}

/** One row per drill: what `npm run drills` ends with. */
export function renderTable(results: readonly DrillResult[]): string {
  const rows = results.map((r) => [
    r.name,
    String(r.valid),
    `${r.seconds} s`,
    Object.entries(r.figures)
      .map(([name, value]) => `${name} ${value}`)
      .join('; '),
  ]);
  const width = (column: number) =>
    Math.max(...[['drill', 'valid', 'time'], ...rows].map((row) => (row[column] ?? '').length));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i < 3 ? cell.padEnd(width(i)) : cell))
      .join('  ')
      .trimEnd();
  return [line(['drill', 'valid', 'time', 'figures']), ...rows.map(line)].join('\n');
}
