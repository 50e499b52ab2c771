import { expect, it } from 'vitest';
import { warmShare } from './slow-start.ts';

it.each([
  [0, 0.1],
  [2_500, 0.325],
  [5_000, 0.55],
  [10_000, 1],
  [60_000, 1],
])('grows in a straight line from a tenth: after %i ms %f', (sinceMs, share) => {
  expect(warmShare(1_000, 1_000 + sinceMs, { rampMs: 10_000 })).toBeCloseTo(share, 6);
});

it('is all for what was never away, and where there is no ramp', () => {
  expect(warmShare(null, 5, { rampMs: 10_000 })).toBe(1);
  expect(warmShare(5, 5, { rampMs: 0 })).toBe(1);
});
