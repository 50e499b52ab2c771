import type { ProcessStatus } from '../instance/process-status.ts';
import type { LinkState } from '../instance/wan.ts';
import { type Cell, type Column, renderTable } from '../terminal/render-table.ts';
import type { Paint } from '../terminal/terminal.ts';

const COLUMNS: Column[] = [
  { title: 'what', shrink: true },
  { title: 'fault' },
  { title: 'mend it with', shrink: true },
];

export function renderFaults(
  faults: { cut: readonly LinkState[]; delayed: readonly LinkState[]; down: readonly ProcessStatus[] },
  options: { width: number; paint: Paint; usualMs: (from: string, to: string) => number },
): string {
  const rows: Cell[][] = [
    ...faults.cut.map((l): Cell[] => [l.id, { text: l.fault ?? '', tone: 'bad' }, healOf(l)]),
    ...faults.delayed.map((l): Cell[] => [
      l.id,
      { text: `${l.delayMs} ms instead of ${options.usualMs(l.from, l.to)} ms`, tone: 'warn' },
      healOf(l),
    ]),
    ...faults.down.map((p): Cell[] => [p.name, { text: p.state, tone: 'bad' }, `fault restart ${p.name}`]),
  ];
  return rows.length === 0 ? 'Nothing is broken.' : renderTable(COLUMNS, rows, options);
}

function healOf(link: LinkState): string {
  return link.from === 'edge' ? 'fault heal' : `fault heal ${link.from} ${link.to}`;
}
