import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseRegions, parseTopology, rankRegions, type Topology } from './index.ts';

const region = (id: string, lat: number, lon: number) => ({
  id,
  name: id,
  location: { lat, lon },
  timeZone: 'UTC',
  jurisdiction: 'XX',
});
const link = (a: string, b: string) => ({ between: [a, b], rttMs: {}, egressUsdPerGb: [0, 0] });
const topology: Topology = parseTopology({
  regions: [region('us-east', 38.95, -77.45), region('eu-west', 53.35, -6.26), region('ap-southeast', 1.35, 103.82)],
  links: [link('us-east', 'eu-west'), link('us-east', 'ap-southeast'), link('eu-west', 'ap-southeast')],
  profiles: { none: { description: '', jitterMs: 0, bandwidthMbps: 0 } },
  defaultProfile: 'none',
});
const paris = { lat: 48.86, lon: 2.35 };
const allHealthy = { 'us-east': true, 'eu-west': true, 'ap-southeast': true };
const idsOf = (ranked: readonly { region: string }[]) => ranked.map((r) => r.region);

describe('rankRegions', () => {
  it('puts the nearest first and tells how far each is', () => {
    const ranked = rankRegions(topology, paris);
    expect(idsOf(ranked)).toEqual(['eu-west', 'us-east', 'ap-southeast']);
    expect(ranked[0]?.distanceKm).toBeGreaterThan(700);
    expect(ranked[0]?.distanceKm).toBeLessThan(850);
  });

  it('takes the short way over the date line', () => {
    const fiji = { lat: -18.1, lon: 178.4 };
    expect(idsOf(rankRegions(topology, fiji))[0]).toBe('ap-southeast');
  });
});

describe('chooseRegions', () => {
  const ranked = rankRegions(topology, paris);

  it('chooses the nearest when it is healthy', () => {
    expect(chooseRegions(ranked, allHealthy)).toMatchObject({ reason: 'nearest', passedOver: [] });
    expect(idsOf(chooseRegions(ranked, allHealthy).candidates)).toEqual(['eu-west', 'us-east', 'ap-southeast']);
  });

  it('passes over a nearer region that is unhealthy, and names it', () => {
    const decision = chooseRegions(ranked, { ...allHealthy, 'eu-west': false });
    expect(idsOf(decision.candidates)).toEqual(['us-east', 'ap-southeast']);
    expect(decision).toMatchObject({ reason: 'nearer-unhealthy', passedOver: ['eu-west'] });
  });

  it('leaves an unhealthy region out also when it is not the nearest', () => {
    const decision = chooseRegions(ranked, { ...allHealthy, 'us-east': false });
    expect(idsOf(decision.candidates)).toEqual(['eu-west', 'ap-southeast']);
    expect(decision.reason).toBe('nearest');
  });

  it('tries the nearest all the same when none is reported healthy', () => {
    const decision = chooseRegions(ranked, {});
    expect(idsOf(decision.candidates)).toEqual(['eu-west', 'us-east', 'ap-southeast']);
    expect(decision.reason).toBe('none-healthy');
  });

  it('never offers nothing, never an unhealthy region while a healthy one is left, and keeps the order of distance', () => {
    const place = fc.record({
      lat: fc.double({ min: -90, max: 90, noNaN: true }),
      lon: fc.double({ min: -180, max: 180, noNaN: true }),
    });
    const health = fc.dictionary(fc.constantFrom('us-east', 'eu-west', 'ap-southeast'), fc.boolean());
    fc.assert(
      fc.property(place, health, (client, table) => {
        const { candidates } = chooseRegions(rankRegions(topology, client), table);
        expect(candidates.length).toBeGreaterThan(0);
        const distances = candidates.map((c) => c.distanceKm);
        expect(distances).toEqual([...distances].sort((a, b) => a - b));
        if (Object.values(table).some(Boolean)) for (const c of candidates) expect(table[c.region]).toBe(true);
      }),
    );
  });
});
