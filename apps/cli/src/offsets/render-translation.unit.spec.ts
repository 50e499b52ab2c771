import type { TranslateOffsetsResponse } from '@meridian/contracts';
import { expect, test } from 'vitest';
import { createPaint } from '../terminal/terminal.ts';
import { followingSentence, renderTranslation, translationSentences } from './render-translation.ts';

const options = { width: 140, paint: createPaint(false) };
const translation: TranslateOffsetsResponse = {
  ...{ group: 'reports', from: 'us-east', to: 'eu-west', members: { from: 0, to: 0 }, applied: true },
  positions: [
    {
      ...{ from: { topic: 'orders.v1', partition: 0, offset: '41' } },
      ...{ to: { topic: 'us-east.orders.v1', partition: 0, offset: '44' } },
      ...{ foundBy: 'first-unread', unread: 3, readAgain: 0 },
    },
  ],
  withoutCounterpart: [],
};
const [position] = translation.positions as [TranslateOffsetsResponse['positions'][number]];

test('each position has a row: where it was, where it is, and by what it was found', () =>
  expect(renderTranslation(translation, options).split('\n')).toEqual([
    'us-east      offset  eu-west              offset  unread  found by',
    'orders.v1/0      41  us-east.orders.v1/0      44       3  the first unread record',
  ]));

test('what was committed is said, and nothing else when there is nothing else to know', () =>
  expect(translationSentences(translation)).toEqual(['Committed: reports reads on in eu-west there.']));

test('what was not committed says how, and what stands in the way', () => {
  const [only, read] = translationSentences({ ...translation, applied: false, members: { from: 2, to: 1 } });
  expect(only).toBe('Nothing was committed; --apply does it, once reports has no members in eu-west.');
  expect(read).toBe('reports is being read in us-east (2 members): what it reads from now on it reads again.');
});

test('what will be read again is said', () => {
  const lagging = { ...position, foundBy: 'newest-copied' as const, readAgain: 1 };
  const unknown = { ...position, foundBy: 'beginning' as const, readAgain: null };
  const sentences = translationSentences({ ...translation, positions: [lagging, unknown] });
  expect(sentences[1]).toMatch(/^1 record that it has read is not copied yet/);
  expect(sentences[2]).toBe('Of 1 partition nothing that it has read is there: all of it is read.');
  expect(renderTranslation({ ...translation, positions: [lagging] }, options)).toContain('1 will come');
});

test('topics that are in one region alone are named', () =>
  expect(translationSentences({ ...translation, withoutCounterpart: ['orders.v1.dlq'] })).toContain(
    'In us-east alone: orders.v1.dlq.',
  ));

test('one that is kept translated has a line each time, until the group is read there', () => {
  const at = new Date('2026-11-29T12:34:56Z');
  expect(followingSentence(translation, at)).toBe('12:34:56  1 position committed, 3 unread in eu-west');
  expect(followingSentence({ ...translation, members: { from: 0, to: 1 } }, at)).toBe(
    '12:34:56  reports is read in eu-west now.',
  );
});
