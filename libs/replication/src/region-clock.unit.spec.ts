import { describe, expect, it } from 'vitest';
import { RegionClock } from './region-clock.ts';

const noon = Date.parse('2026-11-24T12:00:00.000Z');

describe('the clock of a service', () => {
  it('stamps a decision with a reading, the time of day and the region', () => {
    const clock = new RegionClock({ region: 'eu-west', wallClockMs: () => noon });
    expect(clock.stamp()).toEqual({ hlc: `00${noon}-0000-eu-west`, at: '2026-11-24T12:00:00.000Z', region: 'eu-west' });
  });
  it('goes on after what stands in the database, also when the wall clock was set back', () => {
    const from = `00${noon + 60_000}-0000-us-east`;
    const clock = new RegionClock({ region: 'eu-west', from, wallClockMs: () => noon });
    expect(clock.stamp().hlc > from).toBe(true);
  });
});
