import { expect, it } from 'vitest';
import { latencyMs, servedAgainAfterMs, type TimedRequest } from './served-again.ts';

/** One every 10 ms from 0, answered after 5 ms. */
const steady = (count: number): TimedRequest[] =>
  Array.from({ length: count }, (_, i) => ({ sentAtMs: i * 10, endedAtMs: i * 10 + 5, outcome: 'ok' }));
const broken = (requests: TimedRequest[], from: number, to: number, change: Partial<TimedRequest>) =>
  requests.map((r, i) => (i >= from && i < to ? { ...r, ...change } : r));

it('is 0 when nothing was missing, and when one in 100 was', () => {
  expect(servedAgainAfterMs(steady(300), 1_000, 500)).toBe(0);
  expect(servedAgainAfterMs(broken(steady(300), 150, 151, { outcome: 'fail' }), 1_000, 500)).toBe(0);
});

it('is when from then on at most one in 100 was missing', () => {
  const outage = broken(steady(300), 100, 140, { outcome: 'info' });
  // The 40th of them may be missing.
  expect(servedAgainAfterMs(outage, 1_000, 500)).toBe(390);
});

it('takes an answer that came too late for none', () => {
  const slow = broken(steady(300), 100, 120, { endedAtMs: 5_000 });
  expect(servedAgainAfterMs(slow, 1_000, 500)).toBe(190);
});

it('is counted from the last gap, and not from the first', () => {
  const twice = broken(broken(steady(400), 100, 110, { outcome: 'fail' }), 200, 205, { outcome: 'fail' });
  expect(servedAgainAfterMs(twice, 1_000, 500)).toBe(1_040);
});

it('is not known when it never came to that, or too little was sent to tell', () => {
  expect(servedAgainAfterMs(broken(steady(300), 250, 300, { outcome: 'fail' }), 1_000, 500)).toBeUndefined();
  expect(servedAgainAfterMs(steady(199), 1_000, 500)).toBeUndefined();
});

it('latency is of what was answered well', () => {
  expect(latencyMs(broken(steady(100), 0, 50, { endedAtMs: 9_999, outcome: 'fail' }), 0.99)).toBe(5);
  expect(latencyMs([], 0.5)).toBeNaN();
});
