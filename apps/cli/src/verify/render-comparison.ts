import type { RegionId } from '@meridian/regions';
import { type Cell, type Column, renderTable } from '../terminal/render-table.ts';
import type { Paint } from '../terminal/terminal.ts';
import type { Comparison } from './compare-digests.ts';
import type { StateOf } from './find-differences.ts';

const COLUMNS: Column[] = [
  { title: 'service' },
  { title: 'region' },
  { title: 'aggregates', align: 'right' },
  { title: 'digest', shrink: true },
  { title: '' },
];
/** Lines for people; `--json` has them all. */
const NAMED = 20;
const DIGITS = 8;

interface RenderOptions {
  width: number;
  paint: Paint;
}

export function renderComparisons(comparisons: readonly Comparison[], options: RenderOptions): string {
  const rows = comparisons.flatMap(({ service, digests, differing }) =>
    digests.map(({ region, aggregates, digest }): Cell[] => [
      service,
      region,
      String(aggregates),
      digest,
      differing.length === 0
        ? { text: 'equal', tone: 'good' }
        : differing.includes(region)
          ? { text: 'differs', tone: 'bad' }
          : '',
    ]),
  );
  const sections = [renderTable(COLUMNS, rows, options), renderDifferences(comparisons, options)];
  return sections.filter(Boolean).join('\n\n');
}

/** Which aggregates, and what each region holds of them. */
function renderDifferences(comparisons: readonly Comparison[], options: RenderOptions): string {
  const all = comparisons.flatMap(({ service, differences }) => differences.map((one) => ({ service, ...one })));
  if (all.length === 0) return '';
  const regions = Object.keys(all[0]?.states ?? {});
  const columns: Column[] = [
    { title: 'service' },
    { title: 'aggregate', shrink: true },
    ...regions.map((region) => ({ title: region })),
  ];
  const rows = all
    .slice(0, NAMED)
    .map(({ service, id, states }): Cell[] => [service, id, ...regions.map((region) => stateCell(states, region))]);
  const more = all.length > NAMED ? [`… and ${all.length - NAMED} more; --json names all.`] : [];
  return [renderTable(columns, rows, options), ...more].join('\n');
}

function stateCell(states: Record<RegionId, StateOf>, region: RegionId): Cell {
  const state = states[region];
  if (!state) return { text: 'missing', tone: 'bad' };
  const alike = Object.values(states).filter((other) => other?.digest === state.digest).length;
  return { text: state.digest.slice(0, DIGITS), tone: alike > 1 ? 'plain' : 'warn' };
}

export function comparisonSentence(comparisons: readonly Comparison[]): string {
  const different = comparisons.filter((c) => !c.equal);
  if (different.length > 0) {
    const parts = different.map(({ service, differences, differing }) => {
      return `${countOf(differences.length)} of ${service}${differing.length > 0 ? ` in ${differing.join(', ')}` : ''}`;
    });
    return `Not equal: ${parts.join('; ')}.`;
  }
  const unsettled = comparisons.reduce((sum, c) => sum + c.unsettled.length, 0);
  if (unsettled === 0) return 'Every region holds the same state.';
  return `Nothing differs that stood still; ${countOf(unsettled)} changed for as long as was looked, and could not be judged.`;
}

function countOf(aggregates: number): string {
  return `${aggregates} aggregate${aggregates === 1 ? '' : 's'}`;
}
