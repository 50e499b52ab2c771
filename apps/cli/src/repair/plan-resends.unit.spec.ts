import { expect, test } from 'vitest';
import { planResends } from './plan-resends.ts';

const held = (id: string, states: Record<string, string | null>) => ({
  id,
  states: Object.fromEntries(
    Object.entries(states).map(([region, digest]) => [region, digest === null ? null : { digest, hlc: 'h' }]),
  ),
});

test('a state is told once, by a region that holds it; one who lacks the aggregate tells nothing', () => {
  const plan = planResends([
    held('missing', { 'us-east': 'a', 'eu-west': 'a', 'ap-southeast': null }),
    held('behind', { 'us-east': 'a', 'eu-west': 'b', 'ap-southeast': 'a' }),
    held('three', { 'us-east': 'a', 'eu-west': 'b', 'ap-southeast': 'c' }),
    held('only', { 'us-east': null, 'eu-west': null, 'ap-southeast': 'c' }),
  ]);
  expect(Object.fromEntries(plan)).toEqual({
    'us-east': ['missing', 'behind', 'three'],
    'eu-west': ['behind', 'three'],
    'ap-southeast': ['three', 'only'],
  });
});

test('nothing differs, nothing is told', () => expect(planResends([]).size).toBe(0));
