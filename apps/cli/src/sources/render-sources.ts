import { type Cell, type Column, renderTable } from '../terminal/render-table.ts';
import type { Paint } from '../terminal/terminal.ts';
import { isAmiss, type SourceReport } from './judge-sources.ts';

const COLUMNS: Column[] = [
  { title: 'in' },
  { title: 'events of', shrink: true },
  { title: 'applied up to', align: 'right' },
  { title: 'missing', align: 'right' },
  { title: 'dead letters', align: 'right' },
  { title: 'which', shrink: true },
];
const RANGES_SHOWN = 3;

/** The sources of which something is missing here; one sentence when there are none. */
export function renderSources(reports: readonly SourceReport[], options: { width: number; paint: Paint }): string {
  const amiss = reports.filter(isAmiss);
  if (amiss.length === 0) return 'No event is missing anywhere.';
  return renderTable(COLUMNS, amiss.map(row), options);
}

function row(report: SourceReport): Cell[] {
  const { reader, source, appliedUpTo, missing, openDeadLetters, renumbered, published } = report;
  const which = renumbered ? `numbered anew: published up to ${published}` : rangesOf(report);
  return [
    reader,
    source,
    String(appliedUpTo),
    { text: String(missing), tone: missing > openDeadLetters ? 'bad' : missing > 0 ? 'warn' : 'dim' },
    { text: String(openDeadLetters), tone: openDeadLetters > 0 ? 'bad' : 'dim' },
    which,
  ];
}

function rangesOf({ gaps }: SourceReport): string {
  const ranges = gaps.map(({ firstSequence: a, lastSequence: b }) => (a === b ? `${a}` : `${a}–${b}`));
  return [...ranges.slice(0, RANGES_SHOWN), ...(ranges.length > RANGES_SHOWN ? ['…'] : [])].join(', ');
}
