import type { InboxResponse } from '@meridian/contracts';
import { expect, test } from 'vitest';
import { createPaint } from '../terminal/terminal.ts';
import { isAmiss, judgeSources, type Streams } from './judge-sources.ts';
import { renderSources } from './render-sources.ts';

type State = InboxResponse['bySource'][string];
const applied = (over: Partial<State> = {}): State => ({
  ...{ appliedUpTo: 50, appliedLast: 50, missing: 0, gaps: [], openDeadLetters: 0 },
  ...over,
});
const gap = (firstSequence: number, lastSequence: number, deadLetters = 0) => ({
  ...{ firstSequence, lastSequence, deadLetters, openSince: '2026-11-25T12:00:00.000Z' },
});
/** us-east has published `published` events; eu-west has applied them so far. */
const streams = (state: State, published = 50): Streams[] => [
  {
    inbox: { service: 'order', region: 'eu-west', bySource: { '/us-east/order': state }, openDeadLetters: 0 },
    outbox: { service: 'order', region: 'eu-west', pending: 0, publishedSequence: 7 },
  },
  {
    inbox: { service: 'order', region: 'us-east', bySource: {}, openDeadLetters: 0 },
    outbox: { service: 'order', region: 'us-east', pending: 0, publishedSequence: published },
  },
];
const options = { width: 120, paint: createPaint(false) };

test('events on their way are behind, and nothing is amiss', () => {
  const [report] = judgeSources(streams(applied(), 62));
  expect(report).toMatchObject({ reader: 'eu-west/order', source: '/us-east/order', published: 62, behind: 12 });
  expect(report && isAmiss(report)).toBe(false);
  expect(renderSources(report ? [report] : [], options)).toBe('No event is missing anywhere.');
});

test('what later events have overtaken is missing, and named', () => {
  const gaps = [gap(41, 41, 1), gap(43, 45), gap(47, 47), gap(49, 49)];
  const text = renderSources(
    judgeSources(streams(applied({ appliedUpTo: 40, missing: 6, gaps, openDeadLetters: 1 }))),
    options,
  );
  expect(text).toMatch(/eu-west\/order +\/us-east\/order +40 +6 +1 +41, 43–45, 47, …/);
});

test('a source that numbers its events anew is said: they would be taken for repetitions', () => {
  const reports = judgeSources(streams(applied(), 3));
  expect(reports).toMatchObject([{ renumbered: true, behind: 0 }]);
  expect(renderSources(reports, options)).toContain('numbered anew: published up to 3');
});

test('a source whose region does not say how far it is, is judged by what came', () =>
  expect(judgeSources(streams(applied({ appliedLast: 52, missing: 2 })).slice(0, 1))).toMatchObject([
    { published: null, behind: 2, renumbered: false },
  ]));
