import { expect, test } from 'vitest';
import { edit, held } from './edits.fixture.ts';
import { judgeTags } from './judge-tags.ts';

test('an addition wins over a removal made elsewhere', () => {
  const edits = [edit('us', ['new'], 0, 1), edit('eu', ['new'], 0, 1), edit('eu', [], 2, 3)];
  expect(judgeTags(edits, [], held(['new']))).toEqual([]);
  expect(judgeTags(edits, [], held([]))).toEqual(['it: us added "new", and it is gone']);
});

test('an addition is told as lost, whichever region made it', () => {
  const edits = [edit('us', ['a'], 0, 1), edit('eu', ['b'], 0, 1)];
  expect(judgeTags(edits, [], held(['a', 'b']))).toEqual([]);
  expect(judgeTags(edits, [], held(['a']))).toHaveLength(1);
  expect(judgeTags(edits, [], held(['b']))).toHaveLength(1);
});

test('a tag that all had seen and one removed is gone, and its return is told', () => {
  const edits = [edit('us', ['kept'], 0, 1)];
  expect(judgeTags(edits, ['old'], held(['kept']))).toEqual([]);
  expect(judgeTags(edits, ['old'], held(['kept', 'old']))).toEqual(['it: "old" is there, which no region has left']);
});

test('a tag that all had seen may be there or not where only one region left it: it may have added it again', () => {
  const edits = [edit('us', [], 0, 1), edit('eu', ['old'], 0, 1)];
  for (const tags of [[], ['old']]) expect(judgeTags(edits, ['old'], held(tags))).toEqual([]);
});

test('a tag that its own region removed last is not among what it left', () => {
  const edits = [edit('us', ['a'], 0, 1), edit('us', ['b'], 2, 3)];
  expect(judgeTags(edits, [], held(['a', 'b']))).toHaveLength(1);
});

test('of two edits that overlap, and of one of unknown outcome, nobody knows which was last', () => {
  const overlapping = [edit('us', ['a'], 0, 5), edit('us', ['b'], 4, 6)];
  const unsure = [edit('us', ['a'], 0, 1), edit('us', ['b'], 0, 9, 'info')];
  for (const edits of [overlapping, unsure])
    for (const tags of [['a'], ['b']]) expect(judgeTags(edits, [], held(tags))).toEqual([]);
});

test('a product that is gone is told', () => {
  expect(judgeTags([edit('us', ['a'], 0, 1)], [], new Map())).toEqual(['it are nowhere']);
});
