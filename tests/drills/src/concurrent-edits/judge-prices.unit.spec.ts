import { expect, test } from 'vitest';
import { edit, held } from './edits.fixture.ts';
import { judgePrices } from './judge-prices.ts';

const edits = [edit('us', 100, 0, 1), edit('us', 300, 2, 3), edit('eu', 200, 0, 9)];

test('the last price of each region stands, and the lowest is shown', () => {
  expect(judgePrices(edits, held({ shown: 200, all: [300, 200] }))).toEqual([]);
});

test('a concurrent price that was dropped in silence is told', () => {
  expect(judgePrices(edits, held({ shown: 300, all: [300] }))).toEqual(['it: of eu 200 must stand, and there are 300']);
});

test('a price that its own region has replaced, and one that nobody set, are told', () => {
  expect(judgePrices(edits, held({ shown: 100, all: [100, 300, 200] }))).toHaveLength(1);
  expect(judgePrices(edits, held({ shown: 200, all: [300, 200, 999] }))).toHaveLength(1);
});

test('a higher price that is shown is told', () => {
  expect(judgePrices(edits, held({ shown: 300, all: [300, 200] }))).toEqual([
    'it: 300 is shown, and 200 is the lowest',
  ]);
});

test('of two edits of one region that overlap, either may be its price', () => {
  const overlapping = [edit('us', 100, 0, 5), edit('us', 300, 4, 6)];
  for (const amount of [100, 300]) expect(judgePrices(overlapping, held({ shown: amount, all: [amount] }))).toEqual([]);
});

test('one of unknown outcome may have replaced the price of a region, and need not stand', () => {
  const unsure = [edit('us', 100, 0, 1), edit('us', 300, 0, 9, 'info')];
  for (const amount of [100, 300]) expect(judgePrices(unsure, held({ shown: amount, all: [amount] }))).toEqual([]);
});

test('a product that is gone is told, and one that nobody edited is not judged', () => {
  expect(judgePrices(edits, new Map())).toEqual(['it is nowhere']);
  expect(judgePrices([], held({ shown: 1, all: [1] }))).toEqual([]);
});
