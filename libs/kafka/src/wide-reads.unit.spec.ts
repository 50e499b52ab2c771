import { expect, it } from 'vitest';
import { timesWanted, WideReads } from './wide-reads.ts';

it('the farther away, the more is read at a time, up to a bound', () => {
  expect([0.5, 49, 50, 84.9, 150, 236.6, 5_000].map(timesWanted)).toEqual([1, 1, 2, 3, 3, 4, 4]);
});

it('all together have no more than was said, and others have it when it is needed no more', () => {
  const reads = new WideReads(4);
  const [a, b, c] = [{}, {}, {}];
  expect([a, b, c].map((reader) => reads.judge(reader, 4))).toEqual([4, 2, 1]);
  expect(reads.judge(a, 4)).toBe(4);
  expect(reads.judge(a, 1)).toBe(1);
  expect([c, b].map((reader) => reads.judge(reader, 4))).toEqual([4, 2]);
});

it('one that was given less than it needs is given more when there is some', () => {
  const reads = new WideReads(3);
  const [a, b] = [{}, {}];
  expect([a, b].map((reader) => reads.judge(reader, 3))).toEqual([3, 2]);
  reads.judge(a, 1);
  expect(reads.judge(b, 3)).toBe(3);
});
