import { firstRoutingTable, type Mode } from '@meridian/regions';
import { describe, expect, it } from 'vitest';
import { CLOCK_ERROR_MS, type KnownTable, LEASE_MS, leaseWaitMs, primaryBefore } from './lease-wait.ts';

const FULL = LEASE_MS + CLOCK_ERROR_MS;
const LONG_AGO_MS = 1_000_000;

/** Newest first: who is primary in which epoch, known for how long. */
function known(...tables: [epoch: number, primary: string | undefined, knownForMs?: number][]): KnownTable[] {
  return tables.map(([epoch, primary, knownForMs = LONG_AGO_MS]) => {
    const mode: Mode = primary === undefined ? { kind: 'active-active' } : { kind: 'active-passive', primary };
    return { table: { ...firstRoutingTable(['us-east', 'eu-west']), epoch, mode }, knownForMs };
  });
}

describe('a new primary waits until the lease of the one before must be over', () => {
  it('counted from when it learned that it is primary', () => {
    expect(leaseWaitMs('us-east', known([8, 'us-east', 0], [7, 'eu-west']))).toBe(FULL);
    expect(leaseWaitMs('us-east', known([8, 'us-east', 1_200], [7, 'eu-west']))).toBe(FULL - 1_200);
    expect(leaseWaitMs('us-east', known([8, 'us-east', FULL], [7, 'eu-west']))).toBe(0);
  });

  it('not again when a later epoch leaves it primary', () => {
    expect(leaseWaitMs('us-east', known([9, 'us-east', 0], [8, 'us-east', 2_000], [7, 'eu-west']))).toBe(FULL - 2_000);
    expect(leaseWaitMs('us-east', known([9, 'us-east', 0], [8, 'us-east'], [7, 'eu-west']))).toBe(0);
  });

  it('not at all when there was no primary before', () => {
    expect(leaseWaitMs('us-east', known([1, 'us-east', 0], [0, undefined]))).toBe(0);
  });

  it('as long as after any other when it does not know what was before', () => {
    expect(leaseWaitMs('us-east', known([8, 'us-east', 0], [6, 'us-east']))).toBe(FULL);
    expect(leaseWaitMs('us-east', known([8, 'us-east', 0]))).toBe(FULL);
  });
});

it('names the primary that it took over from, when that is known', () => {
  expect(primaryBefore('us-east', known([9, 'us-east'], [8, 'us-east'], [7, 'eu-west']))).toBe('eu-west');
  expect(primaryBefore('us-east', known([9, 'us-east'], [7, 'eu-west']))).toBeUndefined();
  expect(primaryBefore('us-east', known([9, 'us-east'], [8, undefined]))).toBeUndefined();
});
