import { expect, test } from 'vitest';
import { type Edit, lastEdits } from './edit.ts';
import { edit, held } from './edits.fixture.ts';
import { judgeRegisters } from './judge-registers.ts';

const lastValues = (edits: Edit[]) => lastEdits(edits).map((e) => e.value);

test('of one region the last acknowledged edit may stand, of each region one', () => {
  expect(lastValues([edit('us', 'a', 0, 1), edit('us', 'b', 2, 3), edit('eu', 'c', 0, 9)])).toEqual(['b', 'c']);
});

test('two edits of one region that overlap may both stand', () => {
  expect(lastValues([edit('us', 'a', 0, 5), edit('us', 'b', 4, 6)])).toEqual(['a', 'b']);
});

test('an edit of unknown outcome may stand, replaces nothing, and is replaced by nothing', () => {
  expect(lastValues([edit('us', 'a', 0, 1), edit('us', 'b', 2, 3, 'info')])).toEqual(['a', 'b']);
  expect(lastValues([edit('us', 'a', 0, 1, 'info'), edit('us', 'b', 2, 3)])).toEqual(['a', 'b']);
});

test('a refused edit can never stand', () => {
  expect(lastValues([edit('us', 'a', 0, 1, 'fail')])).toEqual([]);
});

test('a lost update is told: an older value of the same region stands', () => {
  const edits = [edit('us', 'a', 0, 1), edit('us', 'b', 2, 3)];
  expect(judgeRegisters(edits, held('a'))).toEqual(['it is a, and can only be b']);
});

test('a value that nobody wrote, and one that is gone, are told', () => {
  const edits = [edit('us', 'a', 0, 1)];
  expect(judgeRegisters(edits, held('z'))).toHaveLength(1);
  expect(judgeRegisters(edits, new Map())).toEqual(['it is nowhere, and can only be a']);
});

test('where nothing was acknowledged anything may be held', () => {
  expect(judgeRegisters([edit('us', 'a', 0, 1, 'info')], new Map())).toEqual([]);
});
