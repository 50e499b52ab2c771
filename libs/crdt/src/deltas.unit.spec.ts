import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { histories, play, type Replicated } from './histories.fixture.ts';
import {
  addToCounter,
  addToSet,
  EMPTY_COUNTER,
  EMPTY_PN_COUNTER,
  EMPTY_SET,
  type Fact,
  grant,
  joinCounters,
  joinFacts,
  joinMultiValue,
  joinPnCounters,
  joinRegisters,
  joinSets,
  type MultiValue,
  move,
  type Register,
  refund,
  removeFromSet,
  spend,
  writeMultiValue,
  writeRegister,
} from './index.ts';
import { expectEqual, testLaw } from './laws.fixture.ts';

/** Every type with its writes, as they are made: a decision on what the region knows, and the delta of it. */
const fields: Replicated<Record<string, Register<number>>> = {
  empty: {},
  join: joinRegisters,
  write: (known, { hlc, choice }) => {
    const name = ['name', 'email'][choice % 2] ?? '';
    return { [name]: writeRegister(known[name], choice, { hlc }) };
  },
};
const facts: Replicated<Record<string, Fact>> = {
  empty: {},
  join: joinFacts,
  write: (known, { hlc, choice }) => {
    const name = ['placed', 'paid', 'cancelled'][choice % 3] ?? '';
    return known[name] ? undefined : { [name]: { hlc } };
  },
};
const price: Replicated<MultiValue<number> | undefined> = {
  empty: undefined,
  join: joinMultiValue,
  write: (known, { hlc, choice }) => writeMultiValue(known, choice, { hlc }),
};
const tags: Replicated<typeof EMPTY_SET> = {
  empty: EMPTY_SET,
  join: joinSets,
  write: (known, { hlc, choice }) => {
    const [change, tag] = [choice % 3 === 0 ? removeFromSet : addToSet, ['hot', 'new'][choice % 2] ?? ''];
    return change(known, tag, { hlc });
  },
};
const views: Replicated<typeof EMPTY_PN_COUNTER> = {
  empty: EMPTY_PN_COUNTER,
  join: joinPnCounters,
  write: (known, { region, choice }) => addToCounter(known, region, (choice % 7) - 2),
};
const stock: Replicated<typeof EMPTY_COUNTER> = {
  empty: EMPTY_COUNTER,
  join: joinCounters,
  write: (known, { region, choice }) => {
    const units = choice % 4;
    const decision = [
      () => grant(known, region, units),
      () => spend(known, region, units),
      () => refund(known, region, units),
      () => move(known, region, 'eu-west', units),
    ][choice % 5]?.();
    return decision?.ok ? decision.delta : undefined;
  },
};

describe('a map of registers', () => testDeltas(fields));
describe('a map of facts', () => testDeltas(facts));
describe('a multi-value register', () => testDeltas(price));
describe('a set', () => testDeltas(tags));
describe('a counter', () => testDeltas(views));
describe('a bounded counter', () => testDeltas(stock));

/** What is told in deltas is what is told in states, for what three regions really write while they tell each other. */
function testDeltas<S>(type: Replicated<S>): void {
  const anyOrder = histories.chain((history) => {
    const { regions, writes } = play(type, history);
    const deltas = writes.map(({ delta }) => delta);
    return fc.tuple(
      fc.constant(regions.map(({ state }) => state)),
      fc.shuffledSubarray([...deltas, ...deltas], { minLength: deltas.length * 2 }),
      fc.shuffledSubarray([...deltas, ...deltas]),
    );
  });
  const joined = (states: S[], from = type.empty) => states.reduce((a, b) => type.join(a, b), from);

  testLaw(
    'all deltas, in any order and repetition, join to what the full states join to; some of them add nothing to it',
    fc.property(anyOrder, ([states, all, some]) => {
      const expected = joined(states);
      expectEqual(joined(all), expected);
      expectEqual(joined(states, joined(some)), expected);
      expectEqual(joined(some, expected), expected);
    }),
  );

  testLaw(
    'a delta is a small part of the state, and enough: with the state before it, it gives the state after it',
    fc.property(histories, fc.nat(1_000), (history, choice) => {
      const { regions } = play(type, history);
      const [author, reader] = regions;
      if (!author || !reader) return expect.fail('no regions');
      const delta = type.write(author.state, { region: author.id, hlc: author.clock.now(), choice });
      if (delta === undefined) return;
      const withState = type.join(reader.state, type.join(author.state, delta));
      expectEqual(type.join(type.join(reader.state, author.state), delta), withState);
    }),
  );
}
