import { expect, it } from 'vitest';
import { timesWanted, WideReads } from './wide-reads.ts';

it('the farther away, the more is read at a time, up to a bound', () => {
  const roundTrips = [0.5, 49, 50, 80, 80.1, 160, 160.1, 236.6, 5_000];
  expect(roundTrips.map((roundTripMs) => timesWanted(roundTripMs, 80))).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 4]);
});

it('but no more than the link brings within a second', () => {
  const usual = [0, 250, 251, 333, 334, 500, 501, 8_000, Number.POSITIVE_INFINITY];
  expect(usual.map((usualMs) => timesWanted(237, usualMs))).toEqual([4, 4, 3, 3, 2, 2, 1, 1, 1]);
});

it.each([8, 20, 40])('a slow link is none that is far away: %i Mbit/s', (megabits) => {
  const tookMs = (bytes: number) => 3 + (bytes * 8) / (megabits * 1_000);
  // At worst an answer begins to come when another one, sent before it, has come.
  const roundTripMs = tookMs(256 * 1024);
  expect(roundTripMs).toBeGreaterThan(50);
  expect(timesWanted(roundTripMs, tookMs(4 * 1024 * 1024) - roundTripMs)).toBe(1);
});

it('all together have no more than was said, and others have it when it is needed no more', () => {
  const reads = new WideReads(4);
  const [a, b, c] = [{}, {}, {}];
  expect([a, b, c].map((reader) => reads.judge(reader, 4))).toEqual([4, 2, 1]);
  expect(reads.judge(a, 4)).toBe(4);
  expect(reads.judge(a, 1)).toBe(1);
  expect([c, b].map((reader) => reads.judge(reader, 4))).toEqual([4, 2]);
});

it('one that was given less than it needs is given more when there is some', () => {
  const reads = new WideReads(3);
  const [a, b] = [{}, {}];
  expect([a, b].map((reader) => reads.judge(reader, 3))).toEqual([3, 2]);
  reads.judge(a, 1);
  expect(reads.judge(b, 3)).toBe(3);
});
