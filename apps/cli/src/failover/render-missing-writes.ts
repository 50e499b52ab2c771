import { type Cell, type Column, renderTable } from '../terminal/render-table.ts';
import type { Paint } from '../terminal/terminal.ts';
import type { Fate, WriteFate } from './fates.ts';
import { type FailoverRecord, type MissingEvent, missingWrites } from './missing-writes.ts';

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
    { title: 'oldest', align: 'right' },
  ];
  const rows = missingWrites(record).map(({ service, written, missing, ms }, i): Cell[] => [
    service,
    written === null ? '–' : String(written),
    ...survivors.map((region) => String(record.services[i]?.applied[region] ?? '–')),
    missing === null
      ? { text: `unknown until ${record.region} returns`, tone: 'warn' }
      : { text: String(missing), tone: missing === 0 ? 'good' : 'bad' },
    missing === 0 ? '' : ageText(ms),
  ]);
  return renderTable(columns, rows, options);
}

export function missingSentence(record: FailoverRecord): string {
  const { region } = record;
  const all = missingWrites(record);
  if (all.some(({ missing }) => missing === null))
    return `How many writes of ${region} the others lack is known when it returns.`;
  const known = all.reduce((sum, { missing }) => sum + (missing ?? 0), 0);
  const lacking = `RPO: the others lack ${known} event${known === 1 ? '' : 's'} of writes that ${region} has acknowledged`;
  if (known === 0) return `${lacking}.`;
  const ages = all.filter(({ missing }) => missing !== 0).map(({ ms }) => ms);
  if (ages.includes(null)) return `${lacking}; it has not said how old they were.`;
  const oldestMs = Math.max(...ages.map((ms) => ms ?? 0));
  return `${lacking}, the oldest made ${ageText(oldestMs)} before its last write.`;
}

const FATES: Column[] = [
  { title: 'service' },
  { title: 'missing then', align: 'right' },
  { title: 'oldest', align: 'right' },
  { title: 'came', align: 'right' },
  { title: 'still missing', align: 'right' },
  { title: 'of them overwritten', align: 'right' },
];

export function renderFates(fates: readonly Fate[], options: Options): string {
  const rows = fates.map(({ service, missing, ms, arrived, outstanding, overwritten }): Cell[] => [
    service,
    String(missing),
    missing === 0 ? '' : ageText(ms),
    String(arrived),
    { text: String(outstanding), tone: outstanding === 0 ? 'good' : 'bad' },
    { text: String(overwritten ?? '–'), tone: overwritten === 0 ? 'plain' : 'warn' },
  ]);
  return renderTable(FATES, rows, options);
}

const WRITES: Column[] = [
  { title: 'service' },
  { title: 'event', align: 'right' },
  { title: 'of', shrink: true },
  { title: 'made' },
  { title: 'what became of it' },
];

/** Each that was missing; `fate` is known once the region is back. */
export function renderWrites(
  writes: readonly (MissingEvent & { service: string; fate?: WriteFate['fate'] })[],
  options: Options,
): string {
  if (writes.length === 0) return 'None that the region has told of.';
  const rows = writes.map(({ service, sequence, key, committedAtMs, fate }): Cell[] => [
    service,
    String(sequence),
    key,
    new Date(committedAtMs).toISOString(),
    { text: fate ?? '–', tone: fate === undefined ? 'plain' : TONES[fate] },
  ]);
  return renderTable(WRITES, rows, options);
}

const TONES = { came: 'good', overwritten: 'warn', 'still missing': 'bad' } as const;

/** How long before the region's last write. */
function ageText(ms: number | null): string {
  return ms === null ? '–' : `${ms} ms`;
}
