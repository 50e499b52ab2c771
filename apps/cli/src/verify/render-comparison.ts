import { type Cell, type Column, renderTable } from '../terminal/render-table.ts';
import type { Paint } from '../terminal/terminal.ts';
import type { Comparison } from './compare-digests.ts';

const COLUMNS: Column[] = [
  { title: 'service' },
  { title: 'region' },
  { title: 'aggregates', align: 'right' },
  { title: 'digest', shrink: true },
  { title: '' },
];

export function renderComparisons(
  comparisons: readonly Comparison[],
  options: { width: number; paint: Paint },
): string {
  const rows = comparisons.flatMap(({ service, equal, digests, differing }) =>
    digests.map(({ region, aggregates, digest }): Cell[] => [
      service,
      region,
      String(aggregates),
      digest,
      equal ? { text: 'equal', tone: 'good' } : differing.includes(region) ? { text: 'differs', tone: 'bad' } : '',
    ]),
  );
  return renderTable(COLUMNS, rows, options);
}

export function comparisonSentence(comparisons: readonly Comparison[]): string {
  const different = comparisons.filter((c) => !c.equal);
  if (different.length === 0) return 'Every region holds the same state.';
  const parts = different.map((c) => `${c.service} in ${c.differing.join(', ')}`);
  return `Not equal: ${parts.join('; ')}. While writes are on their way that is normal; run it again when they have arrived.`;
}
