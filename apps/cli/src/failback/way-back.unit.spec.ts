import { firstRoutingTable, type RegionState, type RoutingTable } from '@meridian/regions';
import { expect, test } from 'vitest';
import { nextOnTheWayBack, weightsFrom } from './way-back.ts';

const first = firstRoutingTable(['us-east', 'eu-west']);
const inState = (state: RegionState, weight = 1): RoutingTable => ({
  ...first,
  regions: { ...first.regions, 'eu-west': { state, weight, sinceEpoch: 0 } },
});

test('what failed recovers first; what was evacuated need only be equal', () => {
  expect(nextOnTheWayBack(inState('failed'), 'eu-west')).toBe('recover');
  expect(nextOnTheWayBack(inState('evacuated'), 'eu-west')).toBe('become equal');
});

test.each([
  ['active', 'eu-west is active already.'],
  ['draining', '"meridian region activate eu-west"'],
  ['standby', '"meridian region activate eu-west"'],
] as const)('a region that is %s has no way back', (state, sentence) => {
  expect(() => nextOnTheWayBack(inState(state), 'eu-west')).toThrow(sentence);
});

test('traffic returns in steps, and a way back that was stopped goes on where it was', () => {
  expect(weightsFrom(inState('recovering'), 'eu-west')).toEqual([0.1, 0.5, 1]);
  expect(weightsFrom(inState('failing-back', 0.5), 'eu-west')).toEqual([0.5, 1]);
});
