import { describe, expect, it } from 'vitest';
import { isFailure, Outlier } from './outlier.ts';

const settings = { failureRatio: 0.5, minRequests: 10, baseMs: 1_000, longestMs: 5_000, largestPart: 0.5 };

describe('an outlier', () => {
  let nowMs = 0;
  const fresh = () => {
    nowMs = 0;
    return new Outlier(settings, () => nowMs);
  };
  /** `.` an answer, `x` an error; whether the last one called for an ejection. */
  const count = (outlier: Outlier, outcomes: string) => [...outcomes].map((o) => outlier.count(o === 'x')).at(-1);

  it.each([
    ['xxxxxxxxx', false],
    ['xxxxxxxxxx', true],
    ['..........x', false],
    ['.....xxxxx', true],
    ['......xxxxx', false],
    ['......xxxxxx', true],
  ])('is one by its share of errors among enough answers: %s', (outcomes, expected) => {
    expect(count(fresh(), outcomes)).toBe(expected);
  });

  it('is not made by errors of more than ten seconds ago', () => {
    const outlier = fresh();
    count(outlier, 'xxxxxxxxx');
    nowMs = 11_000;
    expect(count(outlier, 'x')).toBe(false);
  });

  it('is out for a time that doubles up to the longest, and begins anew when it was well for that long', () => {
    const outlier = fresh();
    const outFor = () => outlier.eject().untilMs - nowMs;
    const times = [1, 2, 3, 4].map(() => {
      const ms = outFor();
      nowMs += ms;
      expect(outlier.ejection).toBeUndefined();
      return ms;
    });
    expect(times).toEqual([1_000, 2_000, 4_000, 5_000]);
    nowMs += 5_000;
    expect(outFor()).toBe(1_000);
    expect(outlier.ejections).toBe(5);
  });

  it('is not put out twice at a time, and what led to it is forgotten', () => {
    const outlier = fresh();
    count(outlier, 'xxxxxxxxxx');
    expect(outlier.eject().ratio).toBe(1);
    expect(count(outlier, 'xxxxxxxxxxxx')).toBe(false);
    nowMs = 12_000;
    expect(count(outlier, 'xxxxxxxxx')).toBe(false);
  });
});

it.each([
  [200, undefined, false],
  [404, undefined, false],
  [409, undefined, false],
  [500, undefined, true],
  [502, undefined, true],
  [503, undefined, true],
  [503, '1', false],
  [504, undefined, false],
])('an answer %i with Retry-After %s speaks against its region: %s', (status, retryAfter, expected) => {
  expect(isFailure(status, retryAfter)).toBe(expected);
});
