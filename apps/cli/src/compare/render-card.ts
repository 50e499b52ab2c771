import type { RegionId } from '@meridian/regions';
import { formatBytes } from '../terminal/format-figures.ts';
import { type Cell, type Column, renderTable } from '../terminal/render-table.ts';
import type { Paint } from '../terminal/terminal.ts';
import type { ModeCard } from './mode-card.ts';

/** What was the same for all modes. */
export interface Conditions {
  perSecond: number;
  usdPerGb: number;
  profile: string;
  processors: number;
}

export function renderCard(
  cards: readonly ModeCard[],
  { perSecond, usdPerGb, profile, processors }: Conditions,
  options: { regions: readonly RegionId[]; width: number; paint: Paint },
): string {
  const columns: Column[] = [
    { title: '', shrink: true },
    ...cards.map(({ mode }) => ({ title: mode, align: 'right' as const })),
  ];
  const row = (name: string, figure: (card: ModeCard) => string): Cell[] => [name, ...cards.map(figure)];
  const rows = [
    ...options.regions.map((region) => row(`write from ${region}, p50 / p99`, (card) => latency(card, region))),
    row(
      '  measured at the edge, p50s',
      ({ writes }) => `${options.regions.map((region) => writes[region]?.atEdge.p50Ms ?? '–').join(', ')} ms`,
    ),
    row('region lost', ({ lost }) => lost),
    row('RTO', ({ rtoMs }) => seconds(rtoMs)),
    row('  detected, decided after', ({ takeover }) =>
      takeover ? `${tenths(takeover.detectMs)}, ${tenths(takeover.decideMs)} s` : '–',
    ),
    row('  takes writes after', ({ takeover }) => seconds(takeover?.takesWritesMs ?? null)),
    row('RPO', ({ rpo }) => `${rpo.writes} of ${rpo.ofOrders}, ${rpo.ms} ms`),
    row('failed before, after the loss', ({ failed }) => `${failed.beforeLoss}, ${failed.afterLoss}`),
    row('  of requests', ({ requests }) => String(requests)),
    row('idle: processes', ({ idle }) => String(idle.processes)),
    row('idle: memory', ({ idle }) => formatBytes(idle.bytes)),
    row('all: processes, memory', ({ total }) => `${total.processes}, ${formatBytes(total.bytes)}`),
    row('WAN per 1,000 orders', ({ wanBytesPer1000Orders: bytes }) => (bytes === null ? '–' : formatBytes(bytes))),
    row(`  at $${usdPerGb} a GB`, ({ usdPer1000Orders: usd }) => (usd === null ? '–' : `$${usd.toPrecision(2)}`)),
    row(`load average, ${processors} processors`, ({ loadAverage }) => loadAverage.toFixed(1)),
  ];
  const notes = [
    `${perSecond} requests a second, clients near every region in turn; profile ${profile}.`,
    'Write: as measured at the edge, plus the round trip (of the profile) from the client to the region that served.',
    'RTO: until 99 of 100 requests in a row are answered well. Failed over as soon as the edge has missed the region.',
    'RPO: orders that it alone had, of those it acknowledged. Idle: in the regions that take no writes.',
  ];
  return [renderTable(columns, rows, options), '', ...notes.map((note) => options.paint('dim', note))].join('\n');
}

function latency({ writes }: ModeCard, region: RegionId): string {
  const { p50Ms, p99Ms } = writes[region] ?? { p50Ms: null, p99Ms: null };
  return p50Ms === null ? '–' : `${p50Ms} / ${p99Ms} ms`;
}

const tenths = (ms: number) => (ms / 1_000).toFixed(1);
const seconds = (ms: number | null) => (ms === null ? '–' : `${tenths(ms)} s`);
