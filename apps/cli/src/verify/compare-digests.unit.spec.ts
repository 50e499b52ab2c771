import { expect, test } from 'vitest';
import { createPaint } from '../terminal/terminal.ts';
import { compareDigests } from './compare-digests.ts';
import type { Difference } from './find-differences.ts';
import { comparisonSentence, renderComparisons } from './render-comparison.ts';

const REGIONS = ['us-east', 'eu-west', 'ap-southeast'];
const verdict = (states: string[], differences: Difference[] = [], unsettled: string[] = []) => ({
  digests: states.map((digest, i) => ({ region: REGIONS[i] ?? '', aggregates: 3, digest })),
  differences,
  unsettled,
});
const difference = (id: string, ...digests: (string | null)[]): Difference => ({
  id,
  states: Object.fromEntries(
    REGIONS.map((region, i) => [region, digests[i] ? { digest: digests[i], hlc: 'h' } : null]),
  ),
});
const options = { width: 100, paint: createPaint(false) };

test('regions that hold the same state are equal', () => {
  const comparison = compareDigests('order', verdict(['a', 'a', 'a']));
  expect(comparison).toMatchObject({ equal: true, differing: [] });
  expect(comparisonSentence([comparison])).toBe('Every region holds the same state.');
});

test('names the one region that differs from the others', () =>
  expect(compareDigests('order', verdict(['a', 'b', 'a'])).differing).toEqual(['eu-west']));

test('names every region when no state has a majority', () => {
  expect(compareDigests('order', verdict(['a', 'b', 'c'])).differing).toEqual(REGIONS);
  expect(compareDigests('order', verdict(['a', 'b'])).differing).toEqual(['us-east', 'eu-west']);
});

test('says which aggregates differ, and what each region holds of them', () => {
  const different = [difference('o-1', 'aaaaaaaaaaaa', null, 'aaaaaaaaaaaa'), difference('o-2', 'b', 'c', 'b')];
  const comparison = compareDigests('order', verdict(['a', 'b', 'a'], different));
  expect(comparison.equal).toBe(false);
  const text = renderComparisons([comparison], options);
  expect(text).toMatch(/order +o-1 +aaaaaaaa +missing +aaaaaaaa/);
  expect(text).toMatch(/order +o-2 +b +c +b/);
  expect(comparisonSentence([comparison])).toBe('Not equal: 2 aggregates of order in eu-west.');
});

test('prints no more names than can be read, and says how many it leaves out', () => {
  const different = Array.from({ length: 25 }, (_, i) => difference(`o-${i}`, 'a', 'b', 'a'));
  const text = renderComparisons([compareDigests('order', verdict(['a', 'b', 'a'], different))], options);
  expect(text).toContain('o-19');
  expect(text).not.toContain('o-20');
  expect(text).toContain('… and 5 more');
});

test('what was written all the while is not called equal, and not called different', () =>
  expect(comparisonSentence([compareDigests('user', verdict(['a', 'b', 'b'], [], ['u-1']))])).toBe(
    'Nothing differs that stood still; 1 aggregate changed for as long as was looked, and could not be judged.',
  ));
