import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { histories, play, type Replicated } from './histories.fixture.ts';
import { addToCounter, countOf, EMPTY_PN_COUNTER, joinPnCounters, type PnCounter } from './index.ts';
import { expectEqual, testLaw } from './laws.fixture.ts';

describe('a count', () => {
  test('of two regions at once is the sum of both, and a message that comes twice counts once', () => {
    const [here, there] = [addToCounter(EMPTY_PN_COUNTER, 'eu-west', 2), addToCounter(EMPTY_PN_COUNTER, 'us-east', 3)];
    expect(countOf([there, there, here].reduce(joinPnCounters, here))).toBe(5);
  });

  test('goes down as it goes up, and below nothing, as it has no bound', () => {
    const liked = addToCounter(EMPTY_PN_COUNTER, 'eu-west', 1);
    expect(countOf(joinPnCounters(liked, addToCounter(liked, 'us-east', -3)))).toBe(-2);
  });

  test('is of whole units', () => {
    for (const n of [0.5, -0.5, Number.NaN])
      expect(() => addToCounter(EMPTY_PN_COUNTER, 'eu-west', n)).toThrow(RangeError);
  });
});

const by = (choice: number) => (choice % 7) - 3;
const views: Replicated<PnCounter> = {
  empty: EMPTY_PN_COUNTER,
  join: joinPnCounters,
  write: (known, { region, choice }) => addToCounter(known, region, by(choice)),
};

testLaw(
  'no increment is lost or counted twice, over any history in three regions',
  fc.property(histories, fc.constantFrom('deltas' as const, 'states' as const), (history, how) => {
    const { regions, writes, heal } = play(views, history);
    heal(how);
    const counted = writes.reduce((sum, { choice }) => sum + by(choice), 0);
    for (const { state } of regions) expectEqual(countOf(state), counted);
  }),
);
