import { expect, test } from 'vitest';
import { type Edit, judgeRegisters, possibleValues } from './judge-registers.ts';

const edit = (
  region: string,
  value: string,
  startedAtMs: number,
  endedAtMs: number,
  outcome: Edit['outcome'] = 'ok',
) => ({
  ...{ region, register: 'name', value, startedAtMs, endedAtMs, outcome },
});

test('of one region the last acknowledged edit may stand, of each region one', () => {
  const edits = [edit('us', 'a', 0, 1), edit('us', 'b', 2, 3), edit('eu', 'c', 0, 9)];
  expect(possibleValues(edits)).toEqual(new Set(['b', 'c']));
});

test('two edits of one region that overlap may both stand', () => {
  expect(possibleValues([edit('us', 'a', 0, 5), edit('us', 'b', 4, 6)])).toEqual(new Set(['a', 'b']));
});

test('an edit of unknown outcome may stand, and replaces nothing', () => {
  const edits = [edit('us', 'a', 0, 1), edit('us', 'b', 2, 3, 'info')];
  expect(possibleValues(edits)).toEqual(new Set(['a', 'b']));
});

test('a refused edit can never stand', () => {
  expect(possibleValues([edit('us', 'a', 0, 1, 'fail')])).toEqual(new Set());
});

test('a lost update is told: an older value of the same region stands', () => {
  const edits = [edit('us', 'a', 0, 1), edit('us', 'b', 2, 3)];
  expect(judgeRegisters(edits, new Map([['name', 'a']]))).toEqual(['name is a, and can only be b']);
});

test('a value that nobody wrote, and one that is gone, are told', () => {
  const edits = [edit('us', 'a', 0, 1)];
  expect(judgeRegisters(edits, new Map([['name', 'z']]))).toHaveLength(1);
  expect(judgeRegisters(edits, new Map())).toEqual(['name is nowhere, and can only be a']);
});

test('where nothing was acknowledged anything may be held', () => {
  expect(judgeRegisters([edit('us', 'a', 0, 1, 'info')], new Map())).toEqual([]);
});
