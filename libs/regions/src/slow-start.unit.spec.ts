import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comeBack, type Warming, warmShare } from './index.ts';

const ramp = { rampMs: 10_000 };
const out = (fromMs: number, toMs: number, before: Warming | null = null) => comeBack(before, fromMs, toMs, ramp);
const ms = (max: number) => fc.integer({ min: 0, max });

describe('the share of a region that came back', () => {
  it.each([
    [0, 0.1],
    [2_500, 0.325],
    [5_000, 0.55],
    [10_000, 1],
    [60_000, 1],
  ])('grows in a straight line from a tenth after a long time out: after %i ms %f', (sinceMs, share) => {
    expect(warmShare(out(0, 60_000), 60_000 + sinceMs, ramp)).toBeCloseTo(share, 6);
  });

  it.each([
    [0, 1],
    [500, 0.91],
    [1_000, 0.82],
    [2_500, 0.55],
    [5_000, 0.1],
  ])('begins the higher the shorter it was out: %i ms, %f', (outMs, share) => {
    expect(warmShare(out(0, outMs), outMs, ramp)).toBeCloseTo(share, 6);
  });

  it('is all for what was never out, and where there is no ramp', () => {
    expect(warmShare(null, 5, ramp)).toBe(1);
    expect(warmShare(comeBack(null, 0, 5, { rampMs: 0 }), 5, { rampMs: 0 })).toBe(1);
  });

  it('begins at a tenth when nobody knows since when it was out', () => {
    expect(warmShare(out(Number.NEGATIVE_INFINITY, 5), 5, ramp)).toBeCloseTo(0.1, 6);
  });

  it('is not below a tenth nor above all where a clock was set back', () => {
    expect(warmShare(out(1_000, 500), 0, ramp)).toBe(1);
    expect(warmShare(out(0, 60_000), 0, ramp)).toBeCloseTo(0.1, 6);
  });

  it('R21 all of it is back after at most twice the time that a region was out, and at most the ramp', () => {
    fc.assert(
      fc.property(ms(1e6), ms(1e6), (fromMs, outMs) => {
        const backMs = fromMs + outMs;
        expect(warmShare(out(fromMs, backMs), backMs + Math.min(ramp.rampMs, 2 * outMs), ramp)).toBe(1);
      }),
    );
  });

  it('R21 who was out for longer gets no more, and who goes in and out gains nothing', () => {
    fc.assert(
      fc.property(ms(20_000), ms(20_000), ms(20_000), ms(20_000), (firstMs, inMs, secondMs, laterMs) => {
        const backMs = firstMs + inMs + secondMs;
        const flapped = warmShare(out(firstMs + inMs, backMs, out(0, firstMs)), backMs + laterMs, ramp);
        const onceAlone = warmShare(out(firstMs + inMs, backMs), backMs + laterMs, ramp);
        const allAlong = warmShare(out(0, backMs), backMs + laterMs, ramp);
        expect(flapped).toBeLessThanOrEqual(onceAlone + 1e-9);
        expect(flapped).toBeGreaterThanOrEqual(allAlong - 1e-9);
      }),
    );
  });
});
