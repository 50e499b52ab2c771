import { firstRoutingTable, type Mode } from '@meridian/regions';
import { describe, expect, it } from 'vitest';
import { CLOCK_ERROR_MS, type KnownTable, LEASE_MS, leaseClaims } from './lease-wait.ts';

const FULL = LEASE_MS + CLOCK_ERROR_MS;
const LONG_AGO_MS = 1_000_000;

type Decided = [epoch: number, primary: string | undefined, knownForMs?: number];

/** Newest first: who is primary in which epoch, known for how long. */
function known(...tables: Decided[]): KnownTable[] {
  return tables.map(([epoch, primary, knownForMs = LONG_AGO_MS]) => {
    const mode: Mode = primary === undefined ? { kind: 'active-active' } : { kind: 'active-passive', primary };
    return { table: { ...firstRoutingTable(['us-east', 'eu-west']), epoch, mode }, knownForMs };
  });
}
const waitMs = (...tables: Decided[]) => leaseClaims('us-east', known(...tables)).waitMs;
const holders = (...tables: Decided[]) => leaseClaims('us-east', known(...tables)).holders;

describe('a new primary waits until the lease of the one before must be over', () => {
  it('counted from when it learned that it is primary', () => {
    expect(waitMs([8, 'us-east', 0], [7, 'eu-west'])).toBe(FULL);
    expect(waitMs([8, 'us-east', 1_200], [7, 'eu-west'])).toBe(FULL - 1_200);
    expect(waitMs([8, 'us-east', FULL], [7, 'eu-west'])).toBe(0);
  });

  it('not again when a later epoch leaves it primary', () => {
    expect(waitMs([9, 'us-east', 0], [8, 'us-east', 2_000], [7, 'eu-west'])).toBe(FULL - 2_000);
    expect(waitMs([9, 'us-east', 0], [8, 'us-east'], [7, 'eu-west'])).toBe(0);
  });

  it('not at all when there was no primary before', () => {
    expect(waitMs([1, 'us-east', 0], [0, undefined])).toBe(0);
  });

  it('as long as after any other when it does not know what was before', () => {
    expect(waitMs([8, 'us-east', 0], [6, 'us-east'])).toBe(FULL);
    expect(waitMs([8, 'us-east', 0])).toBe(FULL);
    expect(waitMs([0, 'us-east', 0])).toBe(0);
  });

  it('also for the primary of two epochs ago, whose lease is no shorter for having been followed by another', () => {
    expect(waitMs([9, 'us-east', 0], [8, 'ap-southeast', 100], [7, 'eu-west'])).toBe(FULL);
    expect(waitMs([9, undefined, 0], [8, undefined, 1_000], [7, 'eu-west'])).toBe(FULL - 1_000);
    expect(waitMs([9, 'us-east', 0], [8, undefined, 1_000], [7, 'eu-west'])).toBe(FULL - 1_000);
  });
});

describe('R23 a lease is passed on when everybody who may hold one has given it up', () => {
  it('names the primary that it took over from', () => {
    expect(holders([8, 'us-east', 0], [7, 'eu-west'])).toEqual(['eu-west']);
    expect(holders([9, 'us-east', 0], [8, 'us-east', 10], [7, 'eu-west'])).toEqual(['eu-west']);
  });

  it('and every other one whose table was in force within the length of a lease', () => {
    expect(holders([9, 'us-east', 0], [8, 'ap-southeast', 100], [7, 'eu-west'])).toEqual(['ap-southeast', 'eu-west']);
    expect(holders([9, 'us-east', 0], [8, 'ap-southeast', FULL], [7, 'eu-west'])).toEqual(['ap-southeast']);
  });

  it('nobody when there was no primary, or it was itself', () => {
    expect(holders([1, 'us-east', 0], [0, undefined])).toEqual([]);
    expect(holders([9, 'us-east', 0], [8, 'us-east', 10], [7, undefined])).toEqual([]);
  });

  it('does not guess where it does not know what was decided', () => {
    expect(holders([9, 'us-east', 0], [7, 'eu-west'])).toBeUndefined();
    expect(holders([9, 'us-east', 0])).toBeUndefined();
  });
});
