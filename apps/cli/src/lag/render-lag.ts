import { type Cell, type Column, renderTable } from '../terminal/render-table.ts';
import type { Paint } from '../terminal/terminal.ts';
import type { PairLag } from './judge-lag.ts';

/** What a replicator still has to copy, per region it pulls from; null when that is not known. */
export interface Behind {
  reader: string;
  origin: string;
  records: number | null;
}

const LAG_COLUMNS: Column[] = [
  { title: 'lag in ms', shrink: true },
  { title: 'service' },
  { title: 'events', align: 'right' },
  { title: 'RTT/2', align: 'right' },
  { title: 'min', align: 'right' },
  { title: 'p50', align: 'right' },
  { title: 'p99', align: 'right' },
  { title: 'p50−RTT/2', align: 'right' },
];
const BEHIND_COLUMNS: Column[] = [{ title: 'replicator' }, { title: 'still to copy', align: 'right' }];

export function renderLag(
  lags: readonly PairLag[],
  behind: readonly Behind[],
  options: { width: number; paint: Paint },
): string {
  const byPair = [...lags].sort((a, b) => pairOf(a).localeCompare(pairOf(b)) || a.service.localeCompare(b.service));
  const tables = [renderTable(LAG_COLUMNS, byPair.map(lagRow), options)];
  if (behind.length > 0) tables.push(renderTable(BEHIND_COLUMNS, behind.map(behindRow), options));
  return tables.join('\n\n');
}

function pairOf(lag: PairLag): string {
  return `${lag.origin} ${lag.reader}`;
}

function lagRow(lag: PairLag): Cell[] {
  return [
    `${lag.origin} → ${lag.reader}`,
    lag.service,
    { text: String(lag.count), tone: lag.count === 0 ? 'dim' : 'plain' },
    figure(lag.floorMs),
    lag.tooFast ? { text: figure(lag.minMs), tone: 'bad' } : figure(lag.minMs),
    figure(lag.p50Ms),
    figure(lag.p99Ms),
    figure(lag.p50Ms === null ? null : lag.p50Ms - lag.floorMs),
  ];
}

function behindRow({ origin, reader, records }: Behind): Cell[] {
  const pair = `${origin} → ${reader}`;
  if (records === null) return [pair, { text: 'not known', tone: 'bad' }];
  return [pair, { text: `${records} record${records === 1 ? '' : 's'}`, tone: records > 0 ? 'warn' : 'good' }];
}

function figure(ms: number | null): string {
  return ms === null ? '–' : ms.toFixed(1);
}
