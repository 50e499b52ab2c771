import { expect, it } from 'vitest';
import { SlidingCount } from './sliding-count.ts';

it('counts what was in the last ten seconds', () => {
  let nowMs = 500;
  const count = new SlidingCount(() => nowMs);
  count.add();
  nowMs = 5_000;
  count.add();
  expect(count.total).toBe(2);
  nowMs = 10_400;
  expect(count.total).toBe(1);
  nowMs = 1_000_000;
  expect(count.total).toBe(0);
  count.add();
  expect(count.total).toBe(1);
  count.clear();
  expect(count.total).toBe(0);
});
