import { type Cell, type Column, renderTable } from '../terminal/render-table.ts';
import type { Paint } from '../terminal/terminal.ts';
import { type FailoverRecord, type Fate, missingWrites } from './missing-writes.ts';

interface Options {
  width: number;
  paint: Paint;
}

/** What was acknowledged in the failed region and is in no survivor, as far as can be known. */
export function renderMissingWrites(record: FailoverRecord, options: Options): string {
  const survivors = Object.keys(record.services[0]?.applied ?? {});
  const columns: Column[] = [
    { title: `events of ${record.region}` },
    { title: 'written', align: 'right' },
    ...survivors.map((region): Column => ({ title: `${region} had`, align: 'right' })),
    { title: 'missing', shrink: true },
  ];
  const rows = missingWrites(record).map(({ service, written, missing }, i): Cell[] => [
    service,
    written === null ? '–' : String(written),
    ...survivors.map((region) => String(record.services[i]?.applied[region] ?? '–')),
    missing === null
      ? { text: `unknown until ${record.region} returns`, tone: 'warn' }
      : { text: String(missing), tone: missing === 0 ? 'good' : 'bad' },
  ]);
  return renderTable(columns, rows, options);
}

export function missingSentence(record: FailoverRecord): string {
  const all = missingWrites(record).map(({ missing }) => missing);
  const known = all.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  if (all.includes(null)) return `How many writes of ${record.region} the others lack is known when it returns.`;
  return `RPO: the others lack ${known} event${known === 1 ? '' : 's'} of writes that ${record.region} has acknowledged.`;
}

const FATES: Column[] = [
  { title: 'service' },
  { title: 'missing then', align: 'right' },
  { title: 'came', align: 'right' },
  { title: 'still missing', align: 'right' },
  { title: 'of them overwritten', align: 'right' },
];

export function renderFates(fates: readonly Fate[], options: Options): string {
  const rows = fates.map(({ service, missing, arrived, outstanding, overwritten }): Cell[] => [
    service,
    String(missing),
    String(arrived),
    { text: String(outstanding), tone: outstanding === 0 ? 'good' : 'bad' },
    { text: String(overwritten), tone: overwritten === 0 ? 'plain' : 'warn' },
  ]);
  return renderTable(FATES, rows, options);
}
