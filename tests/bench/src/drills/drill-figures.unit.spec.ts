import { expect, it } from 'vitest';
import { numberIn } from './drill-figures.ts';

it('finds the number behind a label in what a drill tells', () => {
  const told = '457 requests at 40/s, 3 failed, 1,204 others';
  expect(numberIn(told)).toBe(457);
  expect(numberIn(told, ' at ')).toBe(40);
  expect(numberIn(told, 'failed, ')).toBe(1_204);
  expect(numberIn('1.9 s (nothing under way after 0.4 s)')).toBe(1.9);
});

it('finds no number where there is none', () => {
  expect(numberIn('nobody was rerouted')).toBeNaN();
  // What it waited in vain is not what it took.
  expect(numberIn('not within 60000 ms')).toBeNaN();
  expect(numberIn('p50 3 ms', 'p99 ')).toBeNaN();
  expect(numberIn(undefined)).toBeNaN();
});
