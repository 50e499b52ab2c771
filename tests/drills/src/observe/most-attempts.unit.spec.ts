import { describe, expect, test } from 'vitest';
import { mostAttemptsPerSecond, mostTriesPerRequest, repeatsBeyondBudget } from './most-attempts.ts';

/** One reading every 500 ms. */
const readings = (...sent: number[]) => sent.map((count, i) => ({ atMs: i * 500, sent: count, repeated: 0 }));
/** Requests that took no time, so many at each of these times. */
const asked = (perTime: number, ...timesMs: number[]) =>
  timesMs.flatMap((atMs) => new Array(perTime).fill({ sentAtMs: atMs, endedAtMs: atMs }));

describe('the rate', () => {
  test('is that of the busiest second, wherever it begins', () => {
    expect(mostAttemptsPerSecond(readings(0, 20, 40, 100, 160, 180, 200), 0)).toBe(120);
  });

  test('what was sent before does not count', () => {
    expect(mostAttemptsPerSecond(readings(0, 90, 180, 200, 220, 240), 1_000)).toBe(40);
  });

  test('where the edge was late to answer, it is of the longer time', () => {
    const late = [
      { atMs: 0, sent: 0, repeated: 0 },
      { atMs: 2_000, sent: 120, repeated: 0 },
    ];
    expect(mostAttemptsPerSecond(late, 0)).toBe(60);
    expect(mostAttemptsPerSecond([], 0)).toBe(0);
  });
});

describe('tries per request', () => {
  test('are those of the second in which most were made for each', () => {
    expect(mostTriesPerRequest(readings(0, 20, 40, 120, 200), 0, asked(20, 250, 750, 1_250, 1_750), 40)).toBe(4);
  });

  test('what clients send late, and what waited at the edge, is no try more', () => {
    const burst = readings(0, 20, 40, 160, 180);
    expect(mostTriesPerRequest(burst, 0, asked(140, 1_250), 40)).toBe(1);
    const waited = new Array(140).fill({ sentAtMs: 100, endedAtMs: 1_400 });
    expect(mostTriesPerRequest(burst, 0, waited, 40)).toBe(1);
    expect(mostTriesPerRequest(burst, 0, [], 40)).toBe(3.5);
  });
});

describe('the retry budget', () => {
  /** A reading a second, with so many requests and so many of them repeated in each. */
  const seconds = (perSecond: number, ...repeats: number[]) => {
    let [sent, repeated] = [0, 0];
    return [0, ...repeats].map((more, i) => {
      if (i > 0) sent += perSecond + more;
      repeated += more;
      return { atMs: i * 1_000, sent, repeated };
    });
  };

  test('a fifth of the requests is kept to, and so is the floor where that is more', () => {
    expect(repeatsBeyondBudget(seconds(100, ...new Array(12).fill(20)))).toBe(0);
    expect(repeatsBeyondBudget(seconds(10, ...new Array(12).fill(10)))).toBe(0);
  });

  test('every request repeated once is beyond it', () => {
    expect(repeatsBeyondBudget(seconds(40, ...new Array(12).fill(40)))).toBe(300);
    expect(repeatsBeyondBudget(seconds(40, ...new Array(5).fill(0), ...new Array(6).fill(40), 0, 0))).toBe(140);
  });

  test('what was too short to tell says nothing', () => {
    expect(repeatsBeyondBudget(seconds(40, 40, 40))).toBe(0);
  });
});
