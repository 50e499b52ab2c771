import { expect, test } from 'vitest';
import { type Count, lowestConvergence } from './lowest-convergence.ts';

/** One reading every 100 ms. */
const readings = (...events: number[]): Count[] => events.map((count, i) => ({ atMs: i * 100, events: count }));

test('the floor is the backlog at the highest rate of half a second, and half a round trip', () => {
  const waitsThenDrains = readings(5, 5, 5, 55, 105, 155, 205, 255, 255, 255);
  expect(lowestConvergence(waitsThenDrains, 40)).toEqual({
    backlog: 250,
    perSecond: 500,
    floorMs: 540,
    firstAfterMs: 300,
    lastAfterMs: 700,
  });
});

test('one large batch is not taken for the rate', () => {
  expect(lowestConvergence(readings(0, 0, 0, 200, 200, 200, 200), 0).perSecond).toBe(400);
});

test('without a backlog the floor is half a round trip', () => {
  expect(lowestConvergence(readings(7, 7), 40)).toMatchObject({
    backlog: 0,
    floorMs: 40,
    firstAfterMs: undefined,
    lastAfterMs: undefined,
  });
});
