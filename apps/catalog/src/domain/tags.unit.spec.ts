import {
  collectRemoved,
  EMPTY_SET,
  elementsOf,
  joinSets,
  type OrSet,
  overriddenRemovals,
  removalsIn,
} from '@meridian/crdt';
import { describe, expect, it } from 'vitest';
import { at } from './products.fixture.ts';
import { REMOVALS_KEPT, REMOVALS_KEPT_MS, withTags } from './tags.ts';

const tea = withTags(EMPTY_SET, ['hot'], at(1, 'us-east'));
/** A tag that only this write has, added and removed by it and the next one. */
const passing = (set: OrSet, n: number) =>
  withTags(withTags(set, ['hot', `tag-${n}`], at(10 + 2 * n)), ['hot'], at(11 + 2 * n));

describe('a removal of a tag', () => {
  it('is remembered with its reading and trace, and told to have lost to an addition that comes later', () => {
    const removed = withTags(tea, [], { ...at(2), trace: 'a'.repeat(32) });
    const added = withTags(withTags(tea, [], at(2, 'us-east')), ['hot'], at(3, 'us-east'));
    expect(overriddenRemovals(removed, added)).toMatchObject([
      { element: 'hot', lost: { hlc: at(2).hlc, trace: 'a'.repeat(32) }, won: { hlc: at(3, 'us-east').hlc } },
    ]);
  });

  it('is forgotten once somebody who had seen it adds the tag again', () => {
    const removed = withTags(tea, [], at(2));
    expect(removalsIn(removed)).toHaveLength(1);
    const again = withTags(removed, ['hot'], at(3, 'us-east'));
    expect(removalsIn(again)).toEqual([]);
    expect(joinSets(removed, again)).toEqual(again);
  });

  it('is forgotten by the first write of tags after a week, and so is it everywhere', () => {
    const removed = withTags(tea, [], at(2));
    const inTime = withTags(removed, ['new'], at(2 + REMOVALS_KEPT_MS));
    const late = withTags(removed, ['new'], at(3 + REMOVALS_KEPT_MS));
    expect([removalsIn(inTime).length, removalsIn(late).length]).toEqual([1, 0]);
    expect(joinSets(removed, late)).toEqual(late);
    expect(elementsOf(joinSets(late, tea))).toEqual(['new']);
  });

  it('does not make a product grow: of many the latest are remembered', () => {
    const many = Array.from({ length: 3 * REMOVALS_KEPT }, (_, n) => n).reduce(passing, tea);
    expect(Object.keys(many.elements)).toHaveLength(1 + REMOVALS_KEPT);
    expect(Object.keys(many.elements)).toContain(`tag-${3 * REMOVALS_KEPT - 1}`);
    expect(JSON.stringify(many).length).toBeLessThan(10_000);
  });
});

it('a region that still forgets its removals with every write comes to the same as the others once it has told them', () => {
  const here = withTags(tea, [], at(2));
  const older = collectRemoved(joinSets(tea, here), { 'us-east': at(3, 'us-east').hlc });
  expect(joinSets(here, older)).toEqual(older);
  expect(elementsOf(older)).toEqual([]);
});
