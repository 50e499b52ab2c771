import { expect, it } from 'vitest';
import { runsHere } from './side-effect.ts';

const written = { originRegion: 'eu-west', homeRegion: 'ap-southeast' };

it.each([
  ['origin', 'eu-west'],
  ['home', 'ap-southeast'],
] as const)('a side effect of the %s region runs in %s alone', (effect, where) => {
  const regions = ['us-east', 'eu-west', 'ap-southeast'];
  expect(regions.filter((region) => runsHere(effect, { ...written, region }))).toEqual([where]);
});

it('a side effect of every region runs wherever it is asked for', () =>
  expect(runsHere('every', { ...written, region: 'us-east' })).toBe(true));

it('a side effect of the home region is refused where that is not known', () =>
  expect(() => runsHere('home', { originRegion: 'eu-west', region: 'eu-west' })).toThrow('home region'));
