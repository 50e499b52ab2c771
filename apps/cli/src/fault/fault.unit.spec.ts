import { expect, test } from 'vitest';
import { findTargets } from './find-targets.ts';
import { blockedFrom, cutSentence, linksAt, linksBetween } from './links-of.ts';
import { positiveMs } from './positive-ms.ts';

const process = (name: string, region?: string) => ({ name, kind: 'x', region, state: 'running', restarts: 0 });
const processes = [process('eu-west/order', 'eu-west'), process('eu-west/kafka', 'eu-west'), process('wan')];

const link = (from: string, to: string, fault: string | null = null) => ({
  id: `${from}->${to}/kafka`,
  from,
  to,
  fault,
  blocked: { there: fault !== null, back: fault !== null },
  purpose: 'replication',
  delayMs: 1,
  jitterMs: 0,
  bandwidthMbps: 0,
  bytesIn: 0,
  bytesOut: 0,
  connections: 0,
});
const links = [link('a', 'b', 'black-hole'), link('b', 'a'), link('a', 'c'), link('edge', 'b')];

test('a target is one process, or all of a region', () => {
  expect(findTargets(processes, 'wan').map((p) => p.name)).toEqual(['wan']);
  expect(findTargets(processes, 'eu-west').map((p) => p.name)).toEqual(['eu-west/order', 'eu-west/kafka']);
});

test('an unknown target is answered with those that exist, and exit code 2', () => {
  expect(() => findTargets(processes, 'mars')).toThrow(
    expect.objectContaining({
      message: 'There is no process or region "mars"; there are eu-west, eu-west/order, eu-west/kafka, wan.',
      exitCode: 2,
    }),
  );
});

test('links between two regions count in both directions, links at a region with the edge’s', () => {
  expect(linksBetween(links, ['a', 'b']).map((l) => l.id)).toEqual(['a->b/kafka', 'b->a/kafka']);
  expect(linksAt(links, 'b').map((l) => l.id)).toEqual(['a->b/kafka', 'b->a/kafka', 'edge->b/kafka']);
});

test('a one-way cut blocks what goes one way, on links opened from either side', () => {
  const there = { ...link('a', 'b'), blocked: { there: true, back: false } };
  const back = { ...link('b', 'a'), blocked: { there: false, back: true } };
  expect(blockedFrom([there, back], 'a', 'b')).toHaveLength(2);
  expect(blockedFrom([there, back], 'b', 'a')).toHaveLength(0);
});

test('what is cut is said from what was read back', () => {
  expect(cutSentence(linksBetween(links, ['a', 'b']))).toBe('1 of 2 links is cut (black-hole)');
  expect(cutSentence([link('a', 'c')])).toBe('0 of 1 links are cut');
});

test.each(['', 'soon', '-1', '0', '1e9'])('refuses "%s" as a duration', (text) => {
  expect(() => positiveMs('--up', text)).toThrow('--up is a number of milliseconds');
});
