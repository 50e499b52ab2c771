import { formatHlc, type Hlc } from '@meridian/hlc';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { histories, notReplaced, play, type Replicated, type Write } from './histories.fixture.ts';
import {
  addToSet,
  collectRemoved,
  EMPTY_SET,
  elementsOf,
  joinSets,
  keepRemovals,
  noteComplete,
  type OrSet,
  overriddenRemovals,
  removalsIn,
  removeFromSet,
  replaceElements,
} from './index.ts';
import { expectEqual, testLaw } from './laws.fixture.ts';

const at = (wallMs: number, region: string) => ({ hlc: formatHlc({ wallMs, counter: 0, region }) });
const tea = joinSets(EMPTY_SET, addToSet(EMPTY_SET, 'hot', at(1, 'eu-west')));
const removed = removeFromSet(tea, 'hot', at(2, 'us-east'));
const addedAgain = addToSet(tea, 'hot', at(3, 'eu-west'));

describe('an element', () => {
  test('that was added in one region, beside another one elsewhere, is there with it', () => {
    const there = addToSet(EMPTY_SET, 'new', at(1, 'us-east'));
    expect(elementsOf(joinSets(tea, there))).toEqual(['hot', 'new']);
  });

  test('that was removed stays removed when its addition comes again or late', () => {
    expect(elementsOf(joinSets(joinSets(tea, removed), tea))).toEqual([]);
    expect(elementsOf(joinSets(removed, tea))).toEqual([]);
  });

  test('that was added while another region removed it is there: the addition wins, in any order', () => {
    for (const order of [
      [removed, addedAgain],
      [addedAgain, removed],
    ])
      expect(elementsOf(order.reduce(joinSets, tea))).toEqual(['hot']);
  });

  test('can be removed after that, and added after that', () => {
    const both = [removed, addedAgain].reduce(joinSets, tea);
    const gone = joinSets(both, removeFromSet(both, 'hot', at(4, 'us-east')));
    expect(elementsOf(gone)).toEqual([]);
    expect(elementsOf(joinSets(gone, addToSet(gone, 'hot', at(5, 'us-east'))))).toEqual(['hot']);
  });

  test('that is not there is not removed: what a region has not seen it leaves alone', () => {
    expect(removeFromSet(EMPTY_SET, 'hot', at(2, 'us-east'))).toEqual(EMPTY_SET);
  });

  test('may be named like what every object inherits', () => {
    const odd = ['constructor', '__proto__'].reduce(
      (set, name) => joinSets(set, addToSet(set, name, at(1, 'eu-west'))),
      EMPTY_SET,
    );
    expect(elementsOf(JSON.parse(JSON.stringify(odd)))).toEqual(['__proto__', 'constructor']);
  });
});

describe('a delta', () => {
  test('tells of one element and of no other', () => {
    const more = joinSets(tea, addToSet(tea, 'new', at(2, 'eu-west')));
    expect(Object.keys(removeFromSet(more, 'hot', at(3, 'eu-west')).elements)).toEqual(['hot']);
  });

  test('that replaces the elements tells of those that differ', () => {
    const more = joinSets(tea, addToSet(tea, 'new', at(2, 'eu-west')));
    const delta = replaceElements(more, ['new', 'cold'], at(3, 'us-east'));
    expect(Object.keys(delta.elements).sort()).toEqual(['cold', 'hot']);
    expect(elementsOf(joinSets(more, delta))).toEqual(['cold', 'new']);
    expect(replaceElements(more, ['new', 'hot'], at(3, 'us-east'))).toEqual(EMPTY_SET);
  });
});

describe('a removal that an addition won against', () => {
  test('is reported by the join that brings the two together, with both readings, and by none after it', () => {
    const [here, there] = [joinSets(tea, removed), joinSets(tea, addedAgain)];
    const entry = {
      element: 'hot',
      lost: { value: false, ...at(2, 'us-east') },
      won: { value: true, ...at(3, 'eu-west') },
    };
    expect([overriddenRemovals(here, addedAgain), overriddenRemovals(there, removed)]).toEqual([[entry], [entry]]);
    expect(overriddenRemovals(joinSets(here, addedAgain), removed)).toEqual([]);
  });

  test('is none when the addition came after it knowingly', () => {
    const gone = joinSets(tea, removed);
    expect(overriddenRemovals(gone, addToSet(gone, 'hot', at(4, 'eu-west')))).toEqual([]);
  });
});

describe('collecting removals', () => {
  const complete = { 'eu-west': at(1, 'eu-west').hlc, 'us-east': at(2, 'us-east').hlc };
  const gone = joinSets(tea, removed);

  test('leaves nothing of a removed element, and it does not come back', () => {
    const collected = collectRemoved(gone, complete);
    expect(collected).toEqual({ elements: {}, collected: complete });
    expect(joinSets(collected, tea)).toEqual(collected);
    expect(elementsOf(joinSets(tea, collected))).toEqual([]);
  });

  test('keeps what is there, and what came after', () => {
    const set = collectRemoved(tea, complete);
    expect(elementsOf(set)).toEqual(['hot']);
    expect(elementsOf(joinSets(collectRemoved(gone, complete), addedAgain))).toEqual(['hot']);
  });

  test('is not needed for an addition to stay removed: it is enough that its region is noted to be complete', () => {
    const noted = noteComplete(gone, complete);
    expect(removalsIn(noted)).toEqual([{ value: false, ...at(2, 'us-east') }]);
    expect(elementsOf(joinSets(noted, tea))).toEqual([]);
    expect(joinSets(collectRemoved(gone, complete), noted)).toEqual(collectRemoved(gone, complete));
  });

  test('ends that they are told as overridden, which noting completeness does not', () => {
    expect(overriddenRemovals(noteComplete(gone, complete), addedAgain)).toHaveLength(1);
    expect(overriddenRemovals(collectRemoved(gone, complete), addedAgain)).toEqual([]);
  });

  test('may leave some: those are kept that are asked for, and additions always', () => {
    const both = joinSets(gone, addToSet(gone, 'new', at(4, 'us-east')));
    expect(keepRemovals(both, () => true)).toEqual(both);
    expect(elementsOf(keepRemovals(both, () => false))).toEqual(['new']);
    expect(removalsIn(keepRemovals(both, () => false))).toEqual([]);
  });

  test('by more than was joined here loses an addition that is on its way, which is why it must not be done', () => {
    const tooFar = collectRemoved(EMPTY_SET, complete);
    expect(elementsOf(joinSets(tooFar, tea))).toEqual([]);
  });
});

const elementAt = (choice: number) => ['hot', 'new'][choice % 2] ?? '';
const tags: Replicated<OrSet> = {
  empty: EMPTY_SET,
  join: joinSets,
  write: (known, { hlc, choice }) => {
    const delta = (isRemoval(choice) ? removeFromSet : addToSet)(known, elementAt(choice), { hlc });
    return delta === EMPTY_SET ? undefined : delta;
  },
  partOf: elementAt,
};
const isRemoval = (choice: number) => choice % 4 < 2;
/** By the history alone: an element is there if one of the writes of it that nobody replaced is an addition. */
const expectedIn = (writes: Write<OrSet>[]) => {
  const added = notReplaced(writes).filter(({ choice }) => !isRemoval(choice));
  return [...new Set(added.map(({ choice }) => elementAt(choice)))].sort();
};

describe.each(['deltas', 'states'] as const)('over any history in three regions that heals by %s', (how) => {
  testLaw(
    'what was added and not knowingly removed is there; each addition that won was reported, and nothing else',
    fc.property(histories, (history) => {
      const reported = new Set<string>();
      const { regions, writes, heal } = play(tags, history, ({ state: held }, { state: arrived }) => {
        for (const { lost, won } of overriddenRemovals(held, arrived)) reported.add(`${lost.hlc} ${won.hlc}`);
      });
      heal(how);
      for (const { state } of regions) expectEqual(elementsOf(state), expectedIn(writes));

      const written = new Map(writes.map((write) => [write.hlc, write]));
      for (const pair of reported) {
        const [lost, won] = pair.split(' ').map((hlc) => written.get(hlc));
        if (!lost || !won || !isRemoval(lost.choice) || isRemoval(won.choice)) return expect.fail(`odd: ${pair}`);
        if (lost.before.has(won.hlc) || won.before.has(lost.hlc)) expect.fail(`${pair}: one had seen the other`);
      }
      const left = notReplaced(writes);
      for (const lost of left.filter(({ choice }) => isRemoval(choice)))
        for (const won of left.filter(
          ({ choice }) => !isRemoval(choice) && elementAt(choice) === elementAt(lost.choice),
        ))
          if (!reported.has(`${lost.hlc} ${won.hlc}`)) expect.fail(`${lost.hlc} was overridden in silence`);
    }),
  );
});

testLaw(
  'a region that collects what it has completely, at any time, holds the elements that the others hold',
  fc.property(histories, fc.array(fc.nat(1_000), { maxLength: 30, size: 'max' }), (history, arrivals) => {
    const { writes } = play(tags, history);
    const byRegion = Map.groupBy(writes, ({ region }) => region);
    const arrived = new Set<Write<OrSet>>();
    /** For each region the last of its writes up to which all have been joined. */
    const complete = () => {
      const readings: Record<string, Hlc> = {};
      for (const [region, all] of byRegion)
        for (const write of all) {
          if (!arrived.has(write)) break;
          readings[region] = write.hlc;
        }
      return readings;
    };
    let state = EMPTY_SET;
    const collectAfter = (write: Write<OrSet>) => {
      arrived.add(write);
      state = collectRemoved(joinSets(state, write.delta), complete());
    };
    for (const pick of arrivals) {
      const write = writes[pick % writes.length];
      if (write) collectAfter(write);
    }
    for (const write of writes) collectAfter(write);
    expectEqual(elementsOf(state), expectedIn(writes));
    expectEqual(Object.keys(state.elements).sort(), expectedIn(writes));
  }),
);

/** As a service writes: the whole set, its own region complete in it; some writes forget the removals, some the first one. */
const wholeSets: Replicated<OrSet> = {
  empty: EMPTY_SET,
  join: joinSets,
  write: (known, { hlc, region, choice }) => {
    const delta = (isRemoval(choice) ? removeFromSet : addToSet)(known, elementAt(choice), { hlc });
    if (delta === EMPTY_SET) return undefined;
    const whole = noteComplete(joinSets(known, delta), { [region]: hlc });
    const [earliest] = removalsIn(whole);
    return keepRemovals(whole, (removal) => choice % 5 > 1 || (choice % 5 === 1 && removal.hlc !== earliest?.hlc));
  },
};

testLaw(
  'regions that forget removals at any time, each others’ too, hold the same state, and what was added and not removed',
  fc.property(histories, (history) => {
    const { regions, writes, heal } = play(wholeSets, history);
    heal('deltas');
    const ofElement = Map.groupBy(writes, ({ choice }) => elementAt(choice));
    const expected = [...ofElement.values()].flatMap(expectedIn).sort();
    for (const { state } of regions) {
      expectEqual(elementsOf(state), expected);
      expectEqual(state, regions[0]?.state);
    }
  }),
);
