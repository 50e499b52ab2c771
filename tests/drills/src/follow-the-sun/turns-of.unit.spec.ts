import { expect, test } from 'vitest';
import { turnsOf, unlikeDay } from './turns-of.ts';

const regions = ['a', 'b', 'c'];
const look = (primaries: string) => [...primaries].map((primary, i) => ({ primary, epoch: i, fromMs: 100 * i }));

test('a turn begins when another region is found to be the primary', () => {
  expect(turnsOf(look('aabbba')).map(({ primary, fromMs }) => [primary, fromMs])).toEqual([
    ['a', 0],
    ['b', 200],
    ['a', 500],
  ]);
});

test('a day goes around once, and ends where it began', () => {
  expect(unlikeDay(turnsOf(look('abca')), regions)).toEqual([]);
  expect(unlikeDay(turnsOf(look('abcab')), regions)).toEqual([]);
});

test('a sun that stands still is no day, nor one to which a region is never lit', () => {
  expect(unlikeDay(turnsOf(look('aaaa')), regions)).toEqual(['b never was the primary', 'c never was the primary']);
  expect(unlikeDay(turnsOf(look('abab')), regions)).toEqual(['c never was the primary']);
});

test('a primary that goes to and fro is no day', () => {
  expect(unlikeDay(turnsOf(look('ababcbca')), regions)).toEqual(['7 hand-overs in one day']);
});
