import { describe, expect, it } from 'vitest';
import { differences, median, quantile, ratios, slope, spreadOf } from './statistics.ts';

describe('a quantile', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);

  it('is a value that was measured, whatever the order', () => {
    expect(quantile(hundred, 0.99)).toBe(99);
    expect(quantile(hundred, 0.5)).toBe(50);
  });
  it('of 0 and of 1 are the least and the greatest', () => {
    expect(quantile(hundred, 0)).toBe(1);
    expect(quantile(hundred, 1)).toBe(100);
  });
  it('of few samples at 0.99 is their greatest', () => expect(quantile([3, 1, 2], 0.99)).toBe(3));
  it('of none is refused', () => expect(() => quantile([], 0.5)).toThrow('no samples'));
  it('leaves the samples in their order', () => {
    const samples = [3, 1, 2];
    quantile(samples, 0.5);
    expect(samples).toEqual([3, 1, 2]);
  });
});

describe('a median', () => {
  it('is the middle one of an odd number', () => expect(median([9, 1, 5])).toBe(5));
  it('lies between the two middle ones of an even number', () => expect(median([4, 1, 2, 9])).toBe(3));
  it('is not moved by one wild round', () => expect(median([10, 11, 12, 13, 900])).toBe(12));
});

it('a spread is the whole range', () => expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 }));

describe('two contestants', () => {
  it('are compared round by round', () => {
    expect(ratios([2, 6], [4, 3])).toEqual([0.5, 2]);
    expect(differences([2, 6], [4, 3])).toEqual([-2, 3]);
  });
  it('of different numbers of rounds are not compared', () => expect(() => ratios([1], [1, 2])).toThrow('1 rounds'));
});

describe('a slope', () => {
  it('is 1 for what takes as long as the way', () =>
    expect(slope([0, 85, 237].map((rtt) => [rtt, 4 + rtt] as const))).toBeCloseTo(1));
  it('is 0 for what does not depend on it', () => expect(slope([0, 85, 237].map((rtt) => [rtt, 4] as const))).toBe(0));
  it('of points at one place is refused', () =>
    expect(() =>
      slope([
        [1, 2],
        [1, 3],
      ]),
    ).toThrow('two places'));
});
