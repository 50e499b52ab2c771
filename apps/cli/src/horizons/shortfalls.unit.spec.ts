import type { InboxResponse, OutboxResponse } from '@meridian/contracts';
import { expect, test } from 'vitest';
import { shortfallSentence, shortfalls } from './shortfalls.ts';

const outbox = (published: number, pending = 0): OutboxResponse => ({
  ...{ region: 'eu-west', service: 'order', publishedSequence: published, pending },
});
const inbox = (
  region: string,
  service: string,
  applied?: { last: number; missing: number; dead?: number },
): InboxResponse => ({
  ...{ region, service, openDeadLetters: 0 },
  bySource: applied
    ? {
        '/eu-west/order': {
          ...{ appliedLast: applied.last, appliedUpTo: applied.last - applied.missing, missing: applied.missing },
          ...{ gaps: [], openDeadLetters: applied.dead ?? 0 },
        },
      }
    : {},
});

test('nothing is lacking once every reader has applied what was written', () => {
  expect(shortfalls([outbox(7)], [inbox('us-east', 'order', { last: 7, missing: 0 })])).toEqual([]);
});

test('what waits in the outbox was written, too', () => {
  expect(shortfalls([outbox(7, 2)], [inbox('us-east', 'order', { last: 7, missing: 0 })])).toEqual([
    { source: '/eu-west/order', reader: 'us-east/order', events: 2 },
  ]);
});

test('what lies there as a dead letter has arrived', () => {
  expect(shortfalls([outbox(7)], [inbox('us-east', 'order', { last: 7, missing: 1, dead: 1 })])).toEqual([]);
});

test('a gap below the last event counts', () => {
  expect(shortfalls([outbox(7)], [inbox('us-east', 'order', { last: 7, missing: 3 })])).toMatchObject([{ events: 3 }]);
});

test('the same service lacks all of a source that it has never heard of; one that does not read it lacks nothing', () => {
  const short = shortfalls([outbox(4)], [inbox('us-east', 'order'), inbox('us-east', 'user')]);
  expect(shortfallSentence(short)).toBe('us-east/order lacks 4 of /eu-west/order');
});

test('a region is not asked for its own events', () => {
  expect(shortfalls([outbox(4)], [inbox('eu-west', 'order')])).toEqual([]);
});
