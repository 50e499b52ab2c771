import { firstRoutingTable, type RoutingTable } from '@meridian/regions';
import { expect, test } from 'vitest';
import { judgeDecisions, type ToldOutcome } from './judge-decisions.ts';

const table = (epoch: number, reason: string, decidedAtMs: number): RoutingTable => ({
  ...firstRoutingTable(['a', 'b', 'c']),
  ...{ epoch, reason, decidedAtMs },
});
const won = table(4, 'fail a', 150);
const knows = (...tables: RoutingTable[]) => new Map(tables.map((one) => [one.epoch, one]));
const told = (status: number | undefined, why?: string, of?: RoutingTable): ToldOutcome => ({
  ...{ at: 'b', status, why, table: of, askedAtMs: 100, toldAtMs: 200 },
});
const holds = { unclear: [], untrue: [], twice: [] };

test('what was told as decided is what the regions know', () => {
  expect(judgeDecisions([told(200, undefined, won)], { b: knows(won), c: knows() })).toEqual(holds);
  expect(judgeDecisions([told(200, undefined, won)], { b: knows(), c: knows() }).untrue).toHaveLength(1);
  expect(judgeDecisions([told(200, undefined, won)], { b: knows(table(4, 'fail b', 150)) }).untrue).toHaveLength(1);
});

test('what was told as not begun never comes to be, and what may still win may', () => {
  const later = table(4, 'fail a', 900);
  expect(judgeDecisions([told(503, 'NotBegun')], { b: knows(later), c: knows(later) })).toEqual(holds);
  expect(judgeDecisions([told(503, 'NotBegun')], { b: knows(won) }).untrue).toHaveLength(1);
  expect(judgeDecisions([told(503, 'MayStillWin')], { b: knows(won) })).toEqual(holds);
});

test('silence is no answer, and an error is no reason', () => {
  expect(judgeDecisions([told(undefined, 'aborted')], { b: knows() }).unclear).toHaveLength(1);
  expect(judgeDecisions([told(500)], { b: knows() }).unclear).toHaveLength(1);
});

test('two tables of one epoch are noticed', () => {
  expect(judgeDecisions([], { b: knows(won), c: knows(table(4, 'fail b', 160)) }).twice).toHaveLength(1);
});
