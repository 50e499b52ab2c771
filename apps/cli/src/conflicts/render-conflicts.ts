import type { ConflictResponse } from '@meridian/contracts';
import { type Cell, type Column, renderTable } from '../terminal/render-table.ts';
import type { Paint } from '../terminal/terminal.ts';
import type { MergedConflict } from './merge-conflicts.ts';

const COLUMNS: Column[] = [
  { title: 'id' },
  { title: 'rule' },
  { title: 'field', shrink: true },
  { title: 'lost → won', shrink: true },
  { title: 'age', align: 'right' },
  { title: 'trace', shrink: true },
  { title: '' },
];
/** Enough to tell entries apart, and what `show` takes is printed by it in full. */
const ID_SHOWN = 8;

interface Look {
  width: number;
  paint: Paint;
  nowMs: number;
}

export function renderConflicts(conflicts: readonly MergedConflict[], { nowMs, ...options }: Look): string {
  if (conflicts.length === 0) return 'No join has discarded anything.';
  const rows = conflicts.map((conflict): Cell[] => [
    conflict.id.slice(0, ID_SHOWN),
    conflict.rule,
    `${conflict.aggregate}.${conflict.field}`,
    `${valueText(conflict.lost.value)} → ${valueText(conflict.won.value)}`,
    ageText(nowMs - Date.parse(conflict.detectedAt)),
    conflict.lost.traceId ?? '-',
    conflict.status === 'open' ? { text: 'open', tone: 'warn' } : { text: 'resolved', tone: 'dim' },
  ]);
  return renderTable(COLUMNS, rows, options);
}

export function renderConflict(conflict: MergedConflict, { paint, nowMs }: Omit<Look, 'width'>): string {
  const { id, aggregate, aggregateId, field, rule, status, noticedIn, detectedAt, lost, won } = conflict;
  return [
    `${paint('strong', id)}  ${status === 'open' ? paint('warn', status) : paint('dim', status)}`,
    `  ${field} of ${aggregate} ${aggregateId}, decided by ${rule}`,
    `  noticed ${ageText(nowMs - Date.parse(detectedAt))} ago, in ${noticedIn.join(', ')}`,
    ...sideLines('lost', lost),
    ...sideLines('won', won),
  ].join('\n');
}

function sideLines(what: string, { value, region, hlc, traceId }: ConflictResponse['lost']): string[] {
  const trace = traceId ? `npx meridian trace ${traceId}` : 'not recorded';
  return [`  ${what.padEnd(5)} ${valueText(value)}`, `        written in ${region} at ${hlc}; trace: ${trace}`];
}

/** One line, whatever the value is. */
function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function ageText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

/** Empty when every ledger was read. */
export function silenceSentence(silent: readonly string[]): string {
  return silent.length === 0
    ? ''
    : `Not asked: ${silent.join(', ')} did not answer; what only they noticed is missing.`;
}
