import { expect, test } from 'vitest';
import { mostAttemptsPerSecond } from './most-attempts.ts';

/** One reading every 500 ms. */
const readings = (...sent: number[]) => sent.map((count, i) => ({ atMs: i * 500, sent: count }));

test('the rate is that of the busiest second, wherever it begins', () => {
  expect(mostAttemptsPerSecond(readings(0, 20, 40, 100, 160, 180, 200), 0)).toBe(120);
});

test('what was sent before does not count', () => {
  expect(mostAttemptsPerSecond(readings(0, 90, 180, 200, 220, 240), 1_000)).toBe(40);
});

test('where the edge was late to answer, the rate is of the longer time', () => {
  const late = [
    { atMs: 0, sent: 0 },
    { atMs: 2_000, sent: 120 },
  ];
  expect(mostAttemptsPerSecond(late, 0)).toBe(60);
  expect(mostAttemptsPerSecond([], 0)).toBe(0);
});
