import { describe, expect, it } from 'vitest';
import {
  afterAnswer,
  afterNoAnswer,
  afterProbeFailure,
  afterProbeSuccess,
  startingHealth,
  type UpstreamHealth,
} from './upstream-health.ts';

const limits = { probeFailures: 2, probeSuccesses: 2, requestFailures: 3 };

/** P probe ok, p probe refused, s probe not answered, R request answered, r request not answered; one event per 10 ms. */
function after(events: string, from: UpstreamHealth = startingHealth(0)): UpstreamHealth {
  return [...events].reduce((health, event, i) => {
    const nowMs = (i + 1) * 10;
    if (event === 'P') return afterProbeSuccess(health, limits, nowMs);
    if (event === 'p') return afterProbeFailure(health, limits, nowMs, 'refused', false);
    if (event === 's') return afterProbeFailure(health, limits, nowMs, 'no answer', true);
    if (event === 'R') return afterAnswer(health);
    return afterNoAnswer(health, limits, nowMs, 'reset');
  }, from);
}

describe('the health of an upstream', () => {
  it('is good until something is known', () => {
    expect(startingHealth(0).up).toBe(true);
  });

  it.each(['p', 'pPpPp', 'rr', 'rrRrr', 'prPpr', 'rPr'])('stays good after %s', (events) => {
    expect(after(events).up).toBe(true);
  });

  it('is bad after two failed probes in a row, and says since when and why', () => {
    expect(after('pp')).toMatchObject({ up: false, sinceMs: 20, why: 'refused', probeSuccesses: 0 });
  });

  it('is bad at once after three requests in a row without an answer', () => {
    expect(after('Prrr')).toMatchObject({ up: false, sinceMs: 40, why: '3 requests in a row: reset' });
  });

  it('does not let a passing probe hide requests that get no answer', () => {
    expect(after('rPrPr').up).toBe(false);
  });

  it('is good again after two good probes in a row', () => {
    expect(after('ppPP')).toEqual({ up: true, sinceMs: 40, probeFailures: 0, requestFailures: 0 });
    expect(after('rrrPP').up).toBe(true);
  });

  it.each(['ppP', 'ppPpP', 'ppRRRR', 'rrrRPpP'])('stays bad after %s', (events) => {
    expect(after(events).up).toBe(false);
  });

  it('keeps the time at which it went bad and the newest reason', () => {
    expect(afterProbeFailure(after('rrr'), limits, 99, 'no answer within 400 ms', true)).toMatchObject({
      sinceMs: 30,
      why: 'no answer within 400 ms',
    });
  });

  it.each([
    ['ss', true],
    ['pp', false],
    ['sssp', false],
    ['ppss', false],
    ['rrr', false],
    ['rrrss', false],
    ['ssrrRr', true],
    ['ssrrr', false],
    ['rrssr', false],
  ])('after %s it is silent and no more than that: %s', (events, isSilent) => {
    expect(after(events)).toMatchObject({ up: false, isSilent });
  });

  it('makes no new object on the way that every request takes', () => {
    const health = startingHealth(0);
    expect(afterAnswer(health)).toBe(health);
    expect(afterProbeSuccess(health, limits, 1)).toBe(health);
  });
});
