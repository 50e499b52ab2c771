import { expect, test } from 'vitest';
import { lastWriterWins, plainCounter, type Wish } from './what-others-would-sell.ts';

const rush = (region: string, buyers: number): Wish[] =>
  Array.from({ length: buyers }, () => ({ region, quantity: 1 }));

test('with demand in one region neither oversells', () => {
  expect(lastWriterWins(rush('us', 15), 10)).toEqual({ sold: 10, oversold: 0, left: 0 });
  expect(plainCounter(rush('us', 15), 10)).toEqual({ sold: 10, oversold: 0, left: 0 });
});

test('three regions that cannot hear each other sell everything three times', () => {
  const wishes = [...rush('us', 10), ...rush('eu', 10), ...rush('ap', 10)];
  expect(plainCounter(wishes, 10)).toEqual({ sold: 30, oversold: 20, left: -20 });
  expect(lastWriterWins(wishes, 10)).toEqual({ sold: 30, oversold: 20, left: 0 });
});

test('the last writer’s copy stands, and what others sold was never subtracted', () => {
  expect(lastWriterWins([...rush('us', 8), ...rush('eu', 3)], 10)).toEqual({ sold: 11, oversold: 1, left: 7 });
});

test('a buyer who was refused wrote nothing', () => {
  const wishes: Wish[] = [...rush('us', 4), { region: 'eu', quantity: 99 }];
  expect(lastWriterWins(wishes, 10)).toEqual({ sold: 4, oversold: 0, left: 6 });
});

test('without demand all is left', () => {
  expect(lastWriterWins([], 10)).toEqual({ sold: 0, oversold: 0, left: 10 });
});
