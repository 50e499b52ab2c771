import { describe, expect, it } from 'vitest';
import { ConcurrencyLimit } from './concurrency-limit.ts';

const SETTINGS = { least: 8, most: 512, slowMs: 1_000, windowMs: 250 };
const TICK_MS = 5;

/**
 * A region that does so many requests a second, one after the other, whether anybody still waits for them or not; clients
 * come at a fixed rate and give up after 2 s. In virtual time.
 */
function serve({
  limited,
  perSecond,
  forS,
}: {
  limited: boolean;
  perSecond: (second: number) => number;
  forS: number;
}) {
  const CAN_DO = 40;
  const PATIENCE_MS = 2_000;
  let nowMs = 0;
  const limit = new ConcurrencyLimit(SETTINGS, () => nowMs);
  const answeredIn = new Array<number>(forS).fill(0);
  const longestMs = new Array<number>(forS).fill(0);
  let queue: number[] = [];
  let inFlight = 0;
  let gaveUp: number[] = [];
  let due = 0;
  let done = 0;
  for (nowMs = 0; nowMs < forS * 1_000; nowMs += TICK_MS) {
    const second = Math.floor(nowMs / 1_000);
    for (due += (perSecond(second) * TICK_MS) / 1_000; due >= 1; due -= 1) {
      if (limited && inFlight >= limit.current) continue;
      inFlight++;
      queue.push(nowMs);
    }
    for (const sinceMs of queue)
      if (nowMs - sinceMs === PATIENCE_MS) {
        limit.note(PATIENCE_MS, inFlight--);
        gaveUp.push(sinceMs);
      }
    for (done += (CAN_DO * TICK_MS) / 1_000; done >= 1 && queue.length > 0; done -= 1) {
      const [sinceMs = 0, ...rest] = queue;
      queue = rest;
      if (gaveUp.includes(sinceMs) && nowMs - sinceMs >= PATIENCE_MS) {
        gaveUp = gaveUp.filter((other) => other !== sinceMs);
        continue;
      }
      limit.note(nowMs - sinceMs, inFlight--);
      answeredIn[second] = (answeredIn[second] ?? 0) + 1;
      longestMs[second] = Math.max(longestMs[second] ?? 0, nowMs - sinceMs);
    }
    if (queue.length === 0) done = Math.min(done, 1);
  }
  return { answeredIn, longestMs, limit: limit.current };
}

describe('the limit of what is in flight at one upstream', () => {
  it('keeps an upstream answering at its rate that is asked for three times as much', () => {
    const { answeredIn, longestMs } = serve({ limited: true, perSecond: () => 120, forS: 60 });
    for (const answered of answeredIn.slice(10)) expect(answered).toBeGreaterThanOrEqual(38);
    for (const ms of longestMs.slice(10)) expect(ms).toBeLessThan(2_000);
  });

  it('is what does it: without one hardly anybody is answered in time', () => {
    const { answeredIn } = serve({ limited: false, perSecond: () => 120, forS: 30 });
    expect(Math.max(...answeredIn.slice(5))).toBeLessThanOrEqual(4);
  });

  it('turns nobody away at a rate that the upstream can do', () => {
    const { answeredIn, limit } = serve({ limited: true, perSecond: () => 36, forS: 20 });
    expect(answeredIn.slice(1).reduce((sum, n) => sum + n, 0)).toBeGreaterThanOrEqual(36 * 19 - 1);
    expect(limit).toBe(SETTINGS.most);
  });

  it('lets everybody in again soon after a rush is over', () => {
    const { answeredIn } = serve({ limited: true, perSecond: (second) => (second < 10 ? 200 : 36), forS: 30 });
    for (const answered of answeredIn.slice(20)) expect(answered).toBeGreaterThanOrEqual(35);
  });

  it('never falls below what it takes to see that the upstream is well again', () => {
    let nowMs = 0;
    const limit = new ConcurrencyLimit(SETTINGS, () => nowMs);
    for (let i = 0; i < 1_000; i++) {
      nowMs += 60_000;
      limit.note(60_000, 1);
    }
    expect(limit.current).toBe(SETTINGS.least);
  });

  it('takes one that nobody waited for to its end for late when it is, and for nothing before', () => {
    let nowMs = 0;
    const limit = new ConcurrencyLimit(SETTINGS, () => nowMs);
    const giveUp = (tookMs: number) => {
      for (let i = 0; i < 100; i++) {
        nowMs += 100;
        limit.noteGivenUp(tookMs, 40);
      }
    };
    giveUp(900);
    expect(limit.current).toBe(SETTINGS.most);
    giveUp(1_100);
    expect(limit.current).toBeLessThan(40);
  });

  it('forgets a rush ten seconds after it, so that the next burst is not held to it', () => {
    let nowMs = 0;
    const limit = new ConcurrencyLimit(SETTINGS, () => nowMs);
    for (let i = 0; i < 100; i++) {
      nowMs += 100;
      limit.note(2_000, 40);
    }
    expect(limit.current).toBeLessThan(40);
    nowMs += 5_000;
    expect(limit.current).toBeLessThan(40);
    nowMs += 6_000;
    expect(limit.current).toBe(SETTINGS.most);
  });

  it('does not take a minority that waits for another region for a queue', () => {
    let nowMs = 0;
    const limit = new ConcurrencyLimit(SETTINGS, () => nowMs);
    for (let i = 0; i < 1_000; i++) {
      nowMs += 10;
      limit.note(i % 3 === 0 ? 2_400 : 20, 40);
    }
    expect(limit.current).toBe(SETTINGS.most);
  });
});
