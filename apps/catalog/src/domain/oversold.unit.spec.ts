import { addToCounter, countOf, EMPTY_PN_COUNTER, joinPnCounters, joinRegister, writeRegister } from '@meridian/crdt';
import { expect, test } from 'vitest';
import { rightsIn, takeUnits } from './escrow.ts';
import { join } from './product-state.ts';
import { at, REGIONS, teaWith } from './products.fixture.ts';

/**
 * The schedule of docs/explanation/escrow.md: 10 units, three regions that cannot reach each other, and in each of them 6
 * orders of one unit. Then they meet.
 */
const UNITS = 10;
const ORDERS = 6;

/** Sells in each region on a copy of its own; what was sold in all, and what all copies come to. */
function sell<S>(
  stock: S,
  leftIn: (state: S, region: string) => number,
  take: (state: S, region: string, i: number) => S,
) {
  let sold = 0;
  const states = REGIONS.map((region) => {
    let state = stock;
    for (let i = 1; i <= ORDERS; i += 1) {
      if (leftIn(state, region) < 1) break;
      state = take(state, region, i);
      sold += 1;
    }
    return state;
  });
  return { sold, states };
}

test('a last-writer-wins register sells 18 of 10, and then has 4 more to sell', () => {
  const full = writeRegister(undefined, UNITS, at(1));
  const take = (state: typeof full, region: string, i: number) =>
    writeRegister(state, state.value - 1, at(1 + i, region));
  const { sold, states } = sell(full, ({ value }) => value, take);
  const met = states.reduce((a, b) => joinRegister(a, b) ?? a);
  expect([sold, met.value]).toEqual([18, 4]);
});

test('a counter sells 18 of 10, and then knows it', () => {
  const full = addToCounter(EMPTY_PN_COUNTER, 'eu-west', UNITS);
  const take = (state: typeof full, region: string) => joinPnCounters(state, addToCounter(state, region, -1));
  const { sold, states } = sell(full, countOf, take);
  expect([sold, countOf(states.reduce(joinPnCounters))]).toEqual([18, -8]);
});

test('escrow sells 10 of 10, and refuses 8', () => {
  const full = teaWith({ 'us-east': 4, 'eu-west': 3, 'ap-southeast': 3 });
  const take = (state: typeof full, region: string, i: number) =>
    join(state, takeUnits(state, 1, at(1 + i, region)) ?? expect.fail('It had a right.'));
  const { sold, states } = sell(full, (state, region) => rightsIn(region, state), take);
  const met = states.reduce(join);
  expect([sold, REGIONS.map((region) => rightsIn(region, met))]).toEqual([10, [0, 0, 0]]);
});
