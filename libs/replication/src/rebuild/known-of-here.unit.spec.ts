import { expect, test } from 'vitest';
import { knownOf } from './known-of-here.ts';

const heard = (region: string, over: object = {}) => ({
  ...{ service: 'order', region, aggregates: 0, publishedSequence: 0, unread: 0, lastSequences: {}, horizon: '0' },
  ...over,
});

test('a region that nobody knows, and whose others have nothing, is a new one', () =>
  expect(knownOf('order', [heard('us-east'), heard('eu-west')]).isNothing).toBe(true));

test('it is not new when anybody has anything, of it or at all', () => {
  expect(knownOf('order', [heard('us-east', { aggregates: 1 })])).toMatchObject({ isNothing: false, wasHeard: false });
  const known = knownOf('order', [heard('us-east', { lastSequences: { '/r/order': 1 } })]);
  expect(known).toMatchObject({ isNothing: false, wasHeard: true });
});

test('that another service of it has begun already, and was heard, makes it no lost one: all regions may be new', () => {
  const begun = heard('us-east', { service: 'user', lastSequences: { '/r/user': 1 }, horizon: '731' });
  expect(knownOf('order', [begun])).toMatchObject({ isNothing: true, wasHeard: false, horizon: '731' });
});

test('of what the others know, the most counts, whoever knows it; numbers are compared, not texts', () => {
  const known = knownOf('order', [
    heard('us-east', { lastSequences: { '/r/order': 70 }, horizon: '999', aggregates: 5 }),
    heard('eu-west', { lastSequences: { '/r/order': 80, '/r/user': 2 }, horizon: '1000', aggregates: 4 }),
    heard('eu-west', { service: 'catalog', aggregates: 900, lastSequences: { '/r/order': 82 } }),
  ]);
  expect(known).toMatchObject({ lastSequences: { '/r/order': 82, '/r/user': 2 }, horizon: '1000', aggregates: 5 });
});

test('while anybody has something of it unread, nothing is known', () =>
  expect(() => knownOf('order', [heard('us-east', { unread: 3 })])).toThrow('us-east/order has 3 records'));
