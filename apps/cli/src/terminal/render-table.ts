import { stripVTControlCharacters } from 'node:util';
import type { Paint, Tone } from './terminal.ts';

export type Cell = string | { text: string; tone: Tone };

export interface Column {
  title: string;
  align?: 'left' | 'right';
  /** Gives way (with `…`) when the table is wider than the terminal. */
  shrink?: boolean;
}

const GAP = 2;
const NARROWEST = 6;

/** Plain columns with a title line and no rules, so that a table can be piped into `awk` and read on 80 columns. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  options: { width: number; paint: Paint; indent?: number },
): string {
  const indent = options.indent ?? 0;
  const natural = columns.map((column, i) =>
    Math.max(column.title.length, ...rows.map((row) => visibleLength(textOf(row[i] ?? '')))),
  );
  const widths = fitted(columns, natural, options.width - indent);
  const line = (cells: readonly Cell[]) => {
    const parts = columns.map((column, i) => {
      const cell = cells[i] ?? '';
      const text = clipped(textOf(cell), widths[i] ?? 0);
      const padding = ' '.repeat(Math.max(0, (widths[i] ?? 0) - visibleLength(text)));
      const painted = typeof cell === 'string' || text === '' ? text : options.paint(cell.tone, text);
      return column.align === 'right' ? padding + painted : painted + padding;
    });
    return (' '.repeat(indent) + parts.join(' '.repeat(GAP))).trimEnd();
  };
  const title = line(columns.map((column) => ({ text: column.title, tone: 'dim' as const })));
  return [title, ...rows.map(line)].join('\n');
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}

function visibleLength(text: string): number {
  return stripVTControlCharacters(text).length;
}

function clipped(text: string, width: number): string {
  return visibleLength(text) <= width ? text : `${stripVTControlCharacters(text).slice(0, Math.max(0, width - 1))}…`;
}

/** Takes what is too wide from the columns that may shrink, widest first. */
function fitted(columns: readonly Column[], natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  const total = () => widths.reduce((sum, w) => sum + w, 0) + GAP * (widths.length - 1);
  while (total() > width) {
    let widest = -1;
    for (const [i, column] of columns.entries()) {
      const w = widths[i] ?? 0;
      if (column.shrink && w > NARROWEST && (widest < 0 || w > (widths[widest] ?? 0))) widest = i;
    }
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}
