import { isAutomatic, primaryOf, type RegionId, type RoutingTable } from '@meridian/regions';
import { type ControlStatuses, newestTable } from '../instance/control.ts';
import { type Cell, type Column, renderTable } from '../terminal/render-table.ts';
import type { Paint, Tone } from '../terminal/terminal.ts';

const COLUMNS: Column[] = [
  { title: 'region' },
  { title: 'state' },
  { title: 'weight', align: 'right' },
  { title: 'control' },
  { title: 'its services' },
  { title: '', shrink: true },
];

/** What is in force, and who knows of it. */
export function renderMode(
  controls: ControlStatuses,
  options: { regions: readonly RegionId[]; width: number; paint: Paint },
): string {
  const table = newestTable(controls);
  if (!table) return options.paint('bad', 'No control answers.');
  const rows = options.regions.map((region) => rowOf(region, table, controls[region] ?? null));
  return `${modeSentence(table)}\n\n${renderTable(COLUMNS, rows, options)}`;
}

export function modeSentence(table: RoutingTable): string {
  const primary = primaryOf(table);
  const mode = `${table.mode.kind}${primary ? ` with ${primary} as its primary` : ''}`;
  return `Epoch ${table.epoch}, ${mode}${isAutomatic(table) ? ', failing over by itself' : ''}: ${table.reason}.`;
}

function rowOf(region: RegionId, table: RoutingTable, control: ControlStatuses[string]): Cell[] {
  const entry = table.regions[region];
  const isPrimary = primaryOf(table) === region;
  const lease = isPrimary && (control?.leaseMs ? 'primary, holds the lease' : 'primary, without a lease');
  return [
    region,
    { text: entry?.state ?? 'unknown', tone: toneOf(entry?.state) },
    entry ? String(entry.weight) : '–',
    epochCell(control?.table.epoch, table.epoch),
    epochCell(oldest(control?.services.map(({ epoch }) => epoch)), table.epoch),
    lease ? { text: lease, tone: control?.leaseMs ? 'good' : 'warn' } : '',
  ];
}

function epochCell(epoch: number | null | undefined, newest: number): Cell {
  if (epoch === undefined || epoch === null) return { text: 'no answer', tone: 'bad' };
  return { text: `epoch ${epoch}`, tone: epoch === newest ? 'good' : 'warn' };
}

/** Null when one of them did not say. */
function oldest(epochs: readonly (number | null)[] = []): number | null {
  return epochs.reduce(
    (least, one) => (least === null || one === null ? null : Math.min(least, one)),
    epochs[0] ?? null,
  );
}

function toneOf(state: string | undefined): Tone {
  if (state === 'active') return 'good';
  return state === 'failed' || state === undefined ? 'bad' : 'warn';
}
