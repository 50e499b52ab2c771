import { expect, it } from 'vitest';
import { confirm } from './confirm.ts';

const at = { newestEpoch: 7, acceptedEpoch: 7, promisedEpoch: 8, joinedAfter: 0 };

it('confirms the newest epoch, also while somebody prepares the next', () => {
  expect(confirm(7, at)).toEqual({ confirmed: true, newestEpoch: 7, acceptedEpoch: 7, highestEpoch: 8 });
});

it('confirms neither an older epoch nor one that it does not know of', () => {
  expect(confirm(6, at).confirmed).toBe(false);
  expect(confirm(8, at).confirmed).toBe(false);
});

it('confirms no epoch once a value is accepted in a later one', () => {
  expect(confirm(7, { ...at, acceptedEpoch: 8 }).confirmed).toBe(false);
});

it('confirms nothing about a time of which it has no memory', () => {
  expect(confirm(7, { ...at, joinedAfter: null }).confirmed).toBe(false);
  expect(confirm(7, { ...at, joinedAfter: 8 }).confirmed).toBe(false);
});
