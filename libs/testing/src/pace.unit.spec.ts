import { expect, test } from 'vitest';
import { requestsDue } from './pace.ts';

test('without a ramp as many are due as the rate says', () =>
  expect([0, 10, 500, 1_000].map((ms) => requestsDue(ms, { perSecond: 100, rampMs: 0 }))).toEqual([0, 1, 50, 100]));

test('in a ramp the rate grows from nothing, evenly, and no step leads to the full rate', () => {
  const due = (ms: number) => requestsDue(ms, { perSecond: 100, rampMs: 4_000 });
  expect([1_000, 2_000, 4_000].map(due)).toEqual([12, 50, 200]);
  expect(due(5_000) - due(4_000)).toBe(100);
  expect(due(4_000) - due(3_900)).toBeLessThanOrEqual(10);
});
