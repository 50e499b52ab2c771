import { readFileSync } from 'node:fs';
import { localHour, parseTopology, timeOf } from '@meridian/regions';
import { expect, test } from 'vitest';
import { priceOf } from './compare.ts';
import { modeOf } from './measure-mode.ts';
import { crossedBytes } from './wan-bytes.ts';

const topology = parseTopology(
  JSON.parse(readFileSync(new URL('../../../../infra/topology.json', import.meta.url), 'utf8')),
);

test.each(topology.regions)(
  'following the sun it is noon in $id at the beginning, and a day later',
  ({ id, timeZone }) => {
    const nowMs = Date.UTC(2026, 10, 29, 3, 20);
    const mode = modeOf({ topology }, 'follow-the-sun', id, 120_000, nowMs);
    if (mode.kind !== 'follow-the-sun') throw new Error(mode.kind);
    for (const at of [nowMs, nowMs + 120_000]) expect(localHour(timeZone, timeOf(mode.clock, at))).toBeCloseTo(12, 1);
  },
);

test('active-active has no primary, the others the one that is named', () => {
  expect(modeOf({ topology }, 'active-active', 'eu-west', 1, 0)).toEqual({ kind: 'active-active' });
  expect(modeOf({ topology }, 'pilot-light', 'eu-west', 1, 0)).toEqual({ kind: 'pilot-light', primary: 'eu-west' });
});

test('what crosses is what goes between regions, both ways; not what the edge sends', () => {
  const link = (from: string, to: string) => ({ from, to, bytesIn: 3, bytesOut: 4 });
  const links = [link('us-east', 'eu-west'), link('eu-west', 'us-east'), link('edge', 'us-east')];
  expect(crossedBytes(links, ['us-east', 'eu-west'])).toBe(14);
});

test('a price is a number of dollars', () => {
  expect(priceOf('0.09')).toBe(0.09);
  for (const wrong of ['', 'cheap', '-1', 'Infinity']) expect(() => priceOf(wrong)).toThrow('A price is a number');
});
