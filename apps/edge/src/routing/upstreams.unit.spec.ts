import { afterEach, describe, expect, it } from 'vitest';
import { topology } from '../testing/start-edge.ts';
import { Upstreams } from './upstreams.ts';

const outlier = { failureRatio: 0.5, minRequests: 2, baseMs: 60_000, longestMs: 60_000, largestPart: 0.5 };
const limits = { probeFailures: 2, probeSuccesses: 2, requestFailures: 3 };
const up = { up: true, sinceMs: 0, probeFailures: 0, requestFailures: 0 } as const;
const never = { probeSuccesses: 0, requestFailures: 0 } as const;
const down = { up: false, sinceMs: 0, why: 'refused', isSilent: false, ...never } as const;
const silent = { ...down, why: 'no answer within 400 ms', isSilent: true } as const;

const upstreams = () =>
  new Upstreams(
    topology,
    () => 'http://127.0.0.1:9',
    { connections: 1, connectTimeoutMs: 100, silenceMs: 100 },
    limits,
    outlier,
    { rampMs: 10_000 },
    { maxInFlight: 100, readsPart: 1, maxInFlightPerUpstream: 100, slowMs: 1_000 },
    () => {},
  );
let all = upstreams();
const eu = () => all.of('eu-west', 'order');
const us = () => all.of('us-east', 'order');
afterEach(async () => {
  await all.destroy();
  all = upstreams();
});

it('takes a region that is up for the first time for one that was not away', () => {
  all.setHealth(eu(), down);
  all.setHealth(eu(), up);
  expect(eu().warming).toBeNull();
});

it('knows when a region came back that had been ready', () => {
  eu().probeMs = 1;
  all.setHealth(eu(), down);
  all.setHealth(eu(), up);
  // It was out since 1970, so that it is as cold as one can be.
  expect(eu().warming).toEqual({ coldMs: 10_000, backAtMs: all.lastReturnAtMs });
  expect(all.lastReturnAtMs).toBeGreaterThan(0);
});

it('a region that missed its probes for a moment is hardly cold', () => {
  eu().probeMs = 1;
  all.setHealth(eu(), { ...down, sinceMs: Date.now() - 1_000 });
  all.setHealth(eu(), up);
  expect(eu().warming?.coldMs).toBeGreaterThanOrEqual(2_000);
  expect(eu().warming?.coldMs).toBeLessThan(4_000);
});

it('a region that the table lets serve again is cold: nobody knows what was done to it', () => {
  all.returnRegion('eu-west');
  expect(eu().warming?.coldMs).toBe(10_000);
});

it('keeps an ejected upstream out, whatever its probes say', () => {
  for (let i = 0; i < 2; i++) all.countOutcome(eu(), true);
  expect(all.healthByService.order['eu-west']).toBe(false);
  all.setHealth(eu(), down);
  all.setHealth(eu(), up);
  expect(all.healthByService.order['eu-west']).toBe(false);
  expect(all.healthByService.user['eu-west']).toBe(true);
});

describe('regions whose probes are not answered', () => {
  it('are put out but for a part of them, and for one service at a time', () => {
    for (const region of all.regions) all.setHealth(all.of(region, 'order'), silent);
    expect(all.healthByService.order).toEqual({ 'us-east': false, 'eu-west': true, 'ap-southeast': true });
    all.setHealth(all.of('eu-west', 'user'), silent);
    expect(all.healthByService.user['eu-west']).toBe(false);
  });

  it('do not have those counted that the table lets serve nobody', () => {
    all.setHealth(all.of('us-east', 'order'), down);
    all.setServing(['eu-west', 'ap-southeast']);
    all.setHealth(eu(), silent);
    expect(all.healthByService.order).toEqual({ 'us-east': false, 'eu-west': false, 'ap-southeast': true });
    all.setServing(all.regions);
    // It was put out, and comes back by being heard.
    expect(all.healthByService.order['eu-west']).toBe(false);
  });

  it('leave room for no ejection, and an ejection none for them', () => {
    all.setHealth(us(), silent);
    for (let i = 0; i < 2; i++) all.countOutcome(eu(), true);
    expect(all.healthByService.order).toEqual({ 'us-east': false, 'eu-west': true, 'ap-southeast': true });
    all.setHealth(us(), up);
    all.countOutcome(eu(), true);
    all.setHealth(us(), silent);
    expect(all.healthByService.order).toEqual({ 'us-east': true, 'eu-west': false, 'ap-southeast': true });
  });

  it('are out all the same once requests have had no answer either', () => {
    all.setHealth(us(), down);
    all.setHealth(eu(), silent);
    expect(all.isInUse(eu())).toBe(true);
    all.setHealth(eu(), { ...silent, isSilent: false });
    expect(all.healthByService.order).toEqual({ 'us-east': false, 'eu-west': false, 'ap-southeast': true });
  });
});
