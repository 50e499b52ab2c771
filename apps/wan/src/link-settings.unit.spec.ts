import { EDGE } from '@meridian/regions';
import { expect, test } from 'vitest';
import { linkSettings, windowBytes } from './link-settings.ts';
import { realTopology } from './real-topology.fixture.ts';

const topology = realTopology();

test('the one-way delay is half the round trip of the profile, in both directions', () => {
  const there = linkSettings(topology, 'aws-2022', { from: 'us-east', to: 'eu-west' });
  expect(there).toEqual({ delayMs: 42.45, jitterMs: 0.5, bandwidthMbps: 1000 });
  expect(linkSettings(topology, 'aws-2022', { from: 'eu-west', to: 'us-east' })).toEqual(there);
});

test('the links of the edge add nothing in any profile', () => {
  for (const profile of Object.keys(topology.profiles))
    expect(linkSettings(topology, profile, { from: EDGE, to: 'us-east' })).toEqual({
      delayMs: 0,
      jitterMs: 0,
      bandwidthMbps: 0,
    });
});

test.each(['slow', 'constructor'])('refuses the profile "%s", which does not exist, naming those that do', (name) => {
  expect(() => linkSettings(topology, name, { from: 'us-east', to: 'eu-west' })).toThrow(
    `There is no WAN profile "${name}"; the profiles are none, aws-2022, fibre-floor.`,
  );
});

test('the window is the bandwidth-delay product, between 256 KiB and 16 MiB', () => {
  const window = (delayMs: number, bandwidthMbps: number) => windowBytes({ delayMs, jitterMs: 0, bandwidthMbps });
  expect(window(40, 1000)).toBe(5_000_000);
  expect(window(0, 0)).toBe(256 * 1024);
  expect(window(1, 10)).toBe(256 * 1024);
  expect(window(118.3, 0)).toBe(16 * 1024 * 1024);
});
