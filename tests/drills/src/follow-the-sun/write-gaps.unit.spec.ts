import { expect, it } from 'vitest';
import { twoWriters, writeGaps } from './write-gaps.ts';

const at = (atMs: number, ...writers: string[]) => ({ atMs, writers });

it('a gap is from when the old primary was last seen to take writes until the new one first was', () => {
  const samples = [at(0, 'eu'), at(20, 'eu'), at(40), at(60), at(80, 'us'), at(100, 'us'), at(120, 'ap')];
  expect(writeGaps(samples)).toEqual([
    { from: 'eu', to: 'us', atMs: 80, gapMs: 60 },
    { from: 'us', to: 'ap', atMs: 120, gapMs: 20 },
  ]);
});

it('a primary that takes no writes for a while, and then does again, has handed nothing over', () => {
  expect(writeGaps([at(0, 'eu'), at(20), at(40), at(60, 'eu')])).toEqual([]);
  expect(writeGaps([])).toEqual([]);
});

it('two regions that take writes at once are seen', () => {
  const both = at(20, 'eu', 'us');
  expect(twoWriters([at(0, 'eu'), both, at(40, 'us')])).toEqual([both]);
  expect(writeGaps([at(0, 'eu'), both, at(40, 'us')])).toEqual([{ from: 'eu', to: 'us', atMs: 20, gapMs: 20 }]);
});
