import { describe, expect, it } from 'vitest';
import { GapWatch } from './gap-watch.ts';

const gap = (firstSequence: number, lastSequence: number, sinceMs = 0, source = '/us-east/order') => ({
  ...{ source, firstSequence, lastSequence, deadLetters: 0 },
  openSince: new Date(sinceMs),
});

describe('a gap', () => {
  it('is said when it has grown old, and not before: partitions interleave', () => {
    const watch = new GapWatch(1_000);
    expect(watch.toSay([gap(3, 4)], 999)).toEqual([]);
    expect(watch.toSay([gap(3, 4)], 1_000)).toEqual([gap(3, 4)]);
  });
  it('is said once, also when what is left of it falls into two', () => {
    const watch = new GapWatch(1_000);
    watch.toSay([gap(3, 9)], 1_000);
    expect(watch.toSay([gap(3, 9)], 11_000)).toEqual([]);
    expect(watch.toSay([gap(3, 5), gap(7, 9)], 21_000)).toEqual([]);
    expect(watch.toSay([gap(7, 9)], 31_000)).toEqual([]);
  });
  it('is another one behind it, or of another source', () => {
    const watch = new GapWatch(1_000);
    watch.toSay([gap(3, 9)], 1_000);
    const others = [gap(12, 12), gap(3, 9, 0, '/eu-west/order')];
    expect(watch.toSay([gap(3, 9), ...others], 2_000)).toEqual(others);
  });
});
