import { describe, expect, it } from 'vitest';
import { RetryBudget } from './retry-budget.ts';

function budgetAt(start = 0) {
  let nowMs = start;
  const budget = new RetryBudget({ ratio: 0.2, floorPerSecond: 1 }, () => nowMs);
  const requests = (n: number) => {
    for (let i = 0; i < n; i++) budget.countRequest();
  };
  const granted = (tries: number) => Array.from({ length: tries }, () => budget.take()).filter(Boolean).length;
  return { budget, requests, granted, pass: (ms: number) => (nowMs += ms) };
}

describe('RetryBudget', () => {
  it('grants a quiet edge its floor', () => {
    const { requests, granted } = budgetAt();
    requests(1);
    expect(granted(100)).toBe(10);
  });

  it('grants a busy edge a fifth of its requests', () => {
    const { requests, granted, budget } = budgetAt();
    requests(1_000);
    expect(granted(1_000)).toBe(200);
    expect(budget).toMatchObject({ made: 200, refused: 800 });
  });

  it('counts the requests of the last ten seconds and no older ones', () => {
    const { requests, granted, pass } = budgetAt();
    requests(1_000);
    pass(9_999);
    expect(granted(100)).toBe(100);
    pass(1);
    expect(granted(1_000)).toBe(0);
  });

  it('is whole again after a window without retries', () => {
    const { requests, granted, pass } = budgetAt(123_456_789);
    requests(1_000);
    expect(granted(1_000)).toBe(200);
    pass(10_000);
    expect(granted(1_000)).toBe(10);
  });

  it('holds the share over a long storm, second by second', () => {
    const { requests, granted, pass } = budgetAt();
    let total = 0;
    for (let second = 0; second < 60; second++) {
      requests(500);
      total += granted(500);
      pass(1_000);
    }
    expect(total).toBeLessThanOrEqual(60 * 500 * 0.2);
    expect(total).toBeGreaterThan(60 * 500 * 0.2 * 0.8);
  });

  it('does not go wrong over a pause far longer than its window', () => {
    const { requests, granted, pass } = budgetAt();
    requests(100);
    granted(5);
    pass(3_600_000);
    requests(100);
    expect(granted(100)).toBe(20);
  });
});
