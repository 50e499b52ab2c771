import { expect, test } from 'vitest';
import { createPaint } from '../terminal/terminal.ts';
import type { ModeCard } from './mode-card.ts';
import { renderCard } from './render-card.ts';

const card: ModeCard = {
  mode: 'pilot-light',
  writes: {
    'us-east': { p50Ms: 105, p99Ms: 135, atEdge: { p50Ms: 20, p99Ms: 50 }, count: 40 },
    'eu-west': { p50Ms: null, p99Ms: null, atEdge: { p50Ms: null, p99Ms: null }, count: 0 },
  },
  lost: 'eu-west',
  rtoMs: 8_240,
  takeover: { detectMs: 610, decideMs: 1_200, takesWritesMs: 7_900, startedProcesses: 3 },
  rpo: { writes: 1, ms: 84, ofOrders: 80 },
  requests: 1_000,
  failed: { beforeLoss: 2, afterLoss: 40 },
  loadAverage: 1.25,
  idle: { processes: 8, bytes: 2 ** 29 },
  total: { processes: 18, bytes: 2 ** 30 },
  orders: 80,
  wanBytesPer1000Orders: 2 ** 23,
  usdPer1000Orders: 0.00016777,
};
const conditions = { perSecond: 40, usdPerGb: 0.02, profile: 'aws-2022', processors: 2 };
const options = { regions: ['us-east', 'eu-west'], width: 100, paint: createPaint(false) };

test('a mode is a column, a figure a row, and where nothing was seen it says so', () => {
  const [title = '', ...lines] = renderCard([card], conditions, options).split('\n');
  expect(title.trim()).toBe('pilot-light');
  const cellOf = (row: string) =>
    lines
      .find((line) => line.startsWith(row))
      ?.slice(row.length)
      .trim();
  expect(cellOf('write from us-east, p50 / p99')).toBe('105 / 135 ms');
  expect(cellOf('write from eu-west, p50 / p99')).toBe('–');
  expect(cellOf('  measured at the edge, p50s')).toBe('20, – ms');
  expect(cellOf('failed before, after the loss')).toBe('2, 40');
  expect(cellOf('load average, 2 processors')).toBe('1.3');
  expect(cellOf('RTO')).toBe('8.2 s');
  expect(cellOf('RPO')).toBe('1 of 80, 84 ms');
  expect(cellOf('idle: memory')).toBe('512 MB');
  expect(cellOf('  at $0.02 a GB')).toBe('$0.00017');
});

test('the conditions stand below it: rate, links, and what of the latency was not measured', () => {
  const text = renderCard([card], conditions, options);
  for (const said of ['40 requests a second', 'profile aws-2022', 'plus the round trip (of the profile)'])
    expect(text).toContain(said);
});
