import { expect, test } from 'vitest';
import { createPaint } from '../terminal/terminal.ts';
import { judgeLag, lagFaults } from './judge-lag.ts';
import { renderLag } from './render-lag.ts';

const floor = () => 42.45;
const answer = (minMs: number | null) => ({
  service: 'order',
  region: 'us-east',
  byOrigin: {
    'eu-west': { count: minMs === null ? 0 : 9, minMs, p50Ms: minMs, p99Ms: minMs, maxMs: minMs },
    'us-east': { count: 9, minMs: 1, p50Ms: 1, p99Ms: 1, maxMs: 1 },
  },
});

test("a region's own events have no link to be judged by", () => {
  expect(judgeLag([answer(60)], floor).map((l) => l.origin)).toEqual(['eu-west']);
});

test('a lag below RTT/2 is a fault, one above is not, and no event at all is none either', () => {
  expect(lagFaults(judgeLag([answer(42.4)], floor))).toHaveLength(1);
  expect(lagFaults(judgeLag([answer(42.5)], floor))).toEqual([]);
  expect(lagFaults(judgeLag([answer(null)], floor))).toEqual([]);
});

test.each([80, 120])('the table fits %i columns', (width) => {
  const lags = judgeLag([answer(60), { ...answer(118), service: 'catalog', region: 'ap-southeast' }], floor);
  const text = renderLag(lags, [{ reader: 'ap-southeast', origin: 'eu-west', records: 3 }], {
    width,
    paint: createPaint(false),
  });
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
  expect(text).toContain('3 records');
});
