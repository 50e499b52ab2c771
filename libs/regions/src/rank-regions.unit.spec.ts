import { expect, it } from 'vitest';
import { rankRegions } from './index.ts';
import { topology } from './topology.fixture.ts';

const idsOf = (ranked: readonly { region: string }[]) => ranked.map((r) => r.region);

it('puts the nearest first and tells how far each is', () => {
  const ranked = rankRegions(topology, { lat: 48.86, lon: 2.35 });
  expect(idsOf(ranked)).toEqual(['eu-west', 'us-east', 'ap-southeast']);
  expect(ranked[0]?.distanceKm).toBeGreaterThan(700);
  expect(ranked[0]?.distanceKm).toBeLessThan(850);
});

it('takes the short way over the date line', () => {
  const fiji = { lat: -18.1, lon: 178.4 };
  expect(idsOf(rankRegions(topology, fiji))[0]).toBe('ap-southeast');
});
