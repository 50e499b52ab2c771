import { expect, it } from 'vitest';
import { WideReads } from './wide-reads.ts';

it('as many as it has room for read more at a time, and others when those need it no more', () => {
  const reads = new WideReads(2);
  const [a, b, c] = [{}, {}, {}];
  expect([a, b, c].map((reader) => reads.judge(reader, true))).toEqual([true, true, false]);
  expect(reads.judge(a, true)).toBe(true);
  expect(reads.judge(b, false)).toBe(false);
  expect([c, b].map((reader) => reads.judge(reader, true))).toEqual([true, false]);
});
