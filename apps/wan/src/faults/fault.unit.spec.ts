import { localAddresses } from '@meridian/regions';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { realTopology } from '../real-topology.fixture.ts';
import { combineEffects, effectOn, type Fault, flapPhase, isBetween, type LinkEffect } from './fault.ts';

const { links } = localAddresses(realTopology());
const TARGETS = ['kafka', 'user', 'catalog', 'order', 'control'];
const linkEnds = new Map(links.map((l) => [l.id, [l.from, l.to]]));

/** The ids of the links that a fault touches, `>` where only the way there is blocked and `<` where only the way back is. */
const touched = (fault: Fault, ageMs = 0) =>
  links.flatMap((link) => {
    const { blockedThere, blockedBack, reset } = effectOn(link, fault, ageMs);
    if (reset) return [`${link.id} reset`];
    if (!blockedThere && !blockedBack) return [];
    return [link.id + (blockedThere && blockedBack ? '' : blockedThere ? ' >' : ' <')];
  });

test('a partition covers the links of both sides, both ways, and no others', () => {
  expect(touched({ kind: 'partition', regions: ['us-east', 'eu-west'], oneWay: false })).toEqual([
    ...TARGETS.map((target) => `eu-west->us-east/${target}`),
    ...TARGETS.map((target) => `us-east->eu-west/${target}`),
  ]);
});

test('a one-way partition blocks requests of one side and answers to the other', () => {
  expect(touched({ kind: 'partition', regions: ['us-east', 'eu-west'], oneWay: true })).toEqual([
    ...TARGETS.map((target) => `eu-west->us-east/${target} <`),
    ...TARGETS.map((target) => `us-east->eu-west/${target} >`),
  ]);
});

test('the edge can be cut off from one region alone', () => {
  expect(touched({ kind: 'partition', regions: ['edge', 'eu-west'], oneWay: false })).toEqual([
    'edge->eu-west/user',
    'edge->eu-west/catalog',
    'edge->eu-west/order',
    'edge->eu-west/control',
  ]);
});

test('an isolated region is cut off from every region and from the edge', () => {
  const hit = touched({ kind: 'isolate', region: 'eu-west' });
  const [pairsOfRegions, ofTheEdge] = [4, 4];
  expect(hit).toHaveLength(pairsOfRegions * TARGETS.length + ofTheEdge);
  expect(hit.every((id) => id.includes('eu-west'))).toBe(true);
});

test('faults on named links touch these alone', () => {
  expect(touched({ kind: 'black-hole', links: ['edge->us-east/order'] })).toEqual(['edge->us-east/order']);
  expect(touched({ kind: 'reset', links: ['edge->us-east/order'] })).toEqual(['edge->us-east/order reset']);
});

test('a flap is down first, then up, and so on', () => {
  const flap: Fault = { kind: 'flap', regions: ['us-east', 'eu-west'], upMs: 200, downMs: 100 };
  const down = touched({ kind: 'partition', regions: flap.regions, oneWay: false }).length;
  expect([0, 99, 100, 299, 300, 401].map((ageMs) => touched(flap, ageMs).length)).toEqual([down, down, 0, 0, down, 0]);
  expect(flapPhase(flap, 30)).toEqual({ isDown: true, changesInMs: 70 });
  expect(flapPhase(flap, 330)).toEqual({ isDown: true, changesInMs: 70 });
  expect(flapPhase(flap, 150)).toEqual({ isDown: false, changesInMs: 150 });
});

test('the order in which faults were put on does not matter, and no fault lessens another', () => {
  const effect: fc.Arbitrary<LinkEffect> = fc.record({
    blockedThere: fc.boolean(),
    blockedBack: fc.boolean(),
    reset: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(effect), effect, (effects, one) => {
      const all = combineEffects([...effects, one]);
      expect(combineEffects([one, ...effects])).toEqual(all);
      expect(combineEffects([all, one])).toEqual(all);
    }),
  );
});

test('healing a pair means the faults put on that pair: an isolation and other pairs stay', () => {
  const between = (fault: Fault) => isBetween(fault, 'eu-west', 'us-east', linkEnds);
  expect(between({ kind: 'partition', regions: ['us-east', 'eu-west'], oneWay: true })).toBe(true);
  expect(between({ kind: 'flap', regions: ['eu-west', 'us-east'], upMs: 1, downMs: 1 })).toBe(true);
  expect(between({ kind: 'black-hole', links: ['eu-west->us-east/kafka'] })).toBe(true);
  expect(between({ kind: 'reset', links: ['eu-west->us-east/kafka', 'edge->us-east/user'] })).toBe(false);
  expect(between({ kind: 'partition', regions: ['us-east', 'ap-southeast'], oneWay: false })).toBe(false);
  expect(between({ kind: 'isolate', region: 'eu-west' })).toBe(false);
});
