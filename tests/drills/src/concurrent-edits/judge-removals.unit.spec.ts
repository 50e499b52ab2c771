import { expect, test } from 'vitest';
import { edit } from './edits.fixture.ts';
import { judgeRemovals } from './judge-removals.ts';

const entry = (tag: string, lost: string, won: string) => ({ register: 'it', tag, lost, won });
/** us removed what eu added. */
const edits = [edit('us', ['new'], 0, 1), edit('us', [], 2, 3), edit('eu', ['new'], 0, 1)];

test('a removal that lost to an addition made elsewhere must be told', () => {
  expect(judgeRemovals(edits, [], [entry('new', 'us', 'eu')])).toEqual([]);
  expect(judgeRemovals(edits, [], [])).toEqual(['it: us removed "new", eu added it, and no ledger tells']);
});

test('so must one of a tag that was there before, when the other region removed it and added it again', () => {
  const again = [edit('us', [], 0, 1), edit('eu', [], 0, 1), edit('eu', ['old'], 2, 3)];
  expect(judgeRemovals(again, ['old'], [])).toHaveLength(1);
  expect(judgeRemovals([edit('us', [], 0, 1), edit('eu', ['old'], 0, 1)], ['old'], [])).toEqual([]);
});

test('a removal is told by mistake when its region never had the tag, or the other one never added it', () => {
  const neverHad = [edit('us', ['a'], 0, 1), edit('eu', ['b'], 0, 1)];
  expect(judgeRemovals(neverHad, [], [entry('b', 'us', 'eu')])).toEqual(['it: a ledger tells that us lost "b" to eu']);
  const neverAdded = [edit('us', [], 0, 1), edit('eu', ['old'], 0, 1)];
  expect(judgeRemovals(neverAdded, ['old'], [entry('old', 'us', 'eu')])).toHaveLength(1);
  expect(judgeRemovals(edits, [], [entry('new', 'us', 'eu'), entry('new', 'us', 'us')])).toHaveLength(1);
});

test('an earlier removal of the same region may be told, as others heard of it before they heard of the next edit', () => {
  const readded = [...edits, edit('us', ['new'], 4, 5)];
  for (const ledger of [[], [entry('new', 'us', 'eu')]]) expect(judgeRemovals(readded, [], ledger)).toEqual([]);
});

test('where nobody knows which edit was last, it may be told or not', () => {
  const unsure = [...edits, edit('us', ['new'], 2, 9, 'info')];
  for (const ledger of [[], [entry('new', 'us', 'eu')]]) expect(judgeRemovals(unsure, [], ledger)).toEqual([]);
});
