import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { after } from './commands.fixture.ts';
import { firstRoutingTable, localHour, regionIds, regionShares, sunShare, timeOf } from './index.ts';
import { topology } from './topology.fixture.ts';

const at = (text: string) => Date.parse(text);
const first = firstRoutingTable(regionIds(topology));
const realClock = { realStartMs: 0, startsAtMs: 0, speed: 1 };
const sun = (clock = realClock) =>
  after(first, { kind: 'set-mode', mode: { kind: 'follow-the-sun', primary: 'us-east', clock } });
const shown = (table: typeof first, now: number) =>
  Object.values(regionShares(table, topology, now)).map(({ share }) => Math.round(share * 100) / 100);

describe('localHour', () => {
  it.each([
    ['America/New_York', '2026-01-15T12:30:00Z', 7.5],
    ['America/New_York', '2026-07-15T12:30:00Z', 8.5],
    ['Europe/Dublin', '2026-07-15T23:30:00Z', 0.5],
    ['Asia/Singapore', '2026-01-15T16:00:00Z', 0],
    ['Asia/Kathmandu', '2026-01-15T00:00:00Z', 5.75],
  ])('shows what clocks in %s show at %s', (zone, time, hour) => {
    expect(localHour(zone, at(time))).toBeCloseTo(hour, 6);
  });

  it('knows no zone that does not exist', () => {
    expect(() => localHour('Mars/Olympus', 0)).toThrow(RangeError);
  });
});

describe('sunShare', () => {
  it('is all in business hours, little at night, and half way in between when doors open and close', () => {
    expect([9, 12, 17].map(sunShare)).toEqual([1, 1, 1]);
    expect([0, 3, 7, 19, 23.9].map(sunShare)).toEqual([0.05, 0.05, 0.05, 0.05, 0.05]);
    expect([8, 18].map(sunShare)).toEqual([0.525, 0.525]);
  });

  it('R20 no minute moves more than a fiftieth of the traffic', () => {
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      const step = sunShare(((minute + 1) % (24 * 60)) / 60) - sunShare(minute / 60);
      expect(Math.abs(step)).toBeLessThan(0.02);
    }
  });

  it('is a share at every hour', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 24, noNaN: true }), (hour) => {
        expect(sunShare(hour)).toBeGreaterThanOrEqual(0.05);
        expect(sunShare(hour)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('regionShares', () => {
  it('are the weights, and nothing else, while the sun is not followed', () => {
    const table = after(first, { kind: 'set-weight', region: 'eu-west', weight: 0.5 });
    expect(shown(table, at('2026-01-15T03:00:00Z'))).toEqual([1, 0.5, 1]);
  });

  it.each([
    ['2026-01-15T04:00:00Z', [0.05, 0.05, 1]],
    ['2026-01-15T11:00:00Z', [0.05, 1, 0.05]],
    ['2026-01-15T15:00:00Z', [1, 1, 0.05]],
    ['2026-01-15T20:00:00Z', [1, 0.05, 0.05]],
  ])('go round with the day: %s', (time, shares) => {
    expect(shown(sun(), at(time))).toEqual(shares);
  });

  it('multiply weight and sun, and name the one that does more', () => {
    const table = after(sun(), { kind: 'set-weight', region: 'eu-west', weight: 0.5 });
    expect(regionShares(table, topology, at('2026-01-15T12:00:00Z'))['eu-west']).toEqual({ share: 0.5, why: 'weight' });
    expect(regionShares(table, topology, at('2026-01-15T01:00:00Z'))['eu-west']).toEqual({
      share: 0.025,
      why: 'follow-the-sun',
    });
  });

  it('run through a day in two minutes on a clock of 720', () => {
    const clock = { realStartMs: 5_000, startsAtMs: at('2026-01-15T00:00:00Z'), speed: 720 };
    expect(timeOf(clock, 5_000 + 120_000)).toBe(at('2026-01-16T00:00:00Z'));
    expect(shown(sun(clock), 5_000 + 55_000)).toEqual([0.05, 1, 0.05]);
  });
});
