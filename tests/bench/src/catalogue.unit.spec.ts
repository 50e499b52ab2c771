import { describe, expect, it } from 'vitest';
import type { Bound } from './benchmark.ts';
import { BENCHMARKS } from './catalogue.ts';

const isBound = ({ figure, atLeast, atMost }: Bound) =>
  figure !== '' && (atLeast !== undefined || atMost !== undefined);

it('no two benchmarks have one name, and each is words joined by "-"', () => {
  const names = BENCHMARKS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
});

it('those on regions come last: they share them', () => {
  const on = BENCHMARKS.map((benchmark) => benchmark.on);
  expect(on.lastIndexOf('alone')).toBeLessThan(on.indexOf('regions'));
});

describe.each(BENCHMARKS)('$name', ({ measures, peers, limit, goals, was }) => {
  it('says what it measures, beside whom, and what the figure was', () => {
    for (const sentence of [measures, was]) expect(sentence).toMatch(/\S.*[.\d]$/s);
    expect(peers.length).toBeGreaterThan(0);
  });

  it('has a limit that no result can beat, with its reason', () => {
    expect(isBound(limit)).toBe(true);
    expect(limit.why).not.toBe('');
  });

  it('has goals, each of one figure', () => {
    expect(goals.length).toBeGreaterThan(0);
    expect(goals.every(isBound)).toBe(true);
    expect(new Set(goals.map(({ figure }) => figure)).size).toBe(goals.length);
  });
});
