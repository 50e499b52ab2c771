import { homeOf } from '@meridian/consistency';
import { expect, it } from 'vitest';
import { emailDigest } from './email-digest.ts';

const KEY = 'a key of this test';
const REGIONS = ['us-east', 'eu-west', 'ap-southeast'];
const digests = Array.from({ length: 3_000 }, (_, i) => emailDigest(KEY, `${i}@example.com`));

it('two spellings of one address have one digest', () => {
  const digest = emailDigest(KEY, 'Ada.Lovelace@Example.com');
  expect(emailDigest(KEY, ' ada.lovelace@example.COM ')).toBe(digest);
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
});

it('a digest tells nothing without the key', () =>
  expect(emailDigest('another key', 'ada@example.com')).not.toBe(emailDigest(KEY, 'ada@example.com')));

it('every region finds the same claim region, in whatever order it knows the regions', () => {
  for (const digest of digests.slice(0, 100))
    expect(homeOf(digest, REGIONS)).toBe(homeOf(digest, REGIONS.toReversed()));
});

it('each region decides about a third of the addresses', () => {
  for (const region of REGIONS) {
    const share = digests.filter((digest) => homeOf(digest, REGIONS) === region).length / digests.length;
    expect(share).toBeGreaterThan(0.29);
    expect(share).toBeLessThan(0.38);
  }
});

it('a further region takes over addresses, and moves none between the others', () => {
  for (const digest of digests.slice(0, 500)) {
    const now = homeOf(digest, [...REGIONS, 'sa-east']);
    expect(['sa-east', homeOf(digest, REGIONS)]).toContain(now);
  }
});
