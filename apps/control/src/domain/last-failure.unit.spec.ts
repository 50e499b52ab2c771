import { decideCommand, firstRoutingTable, type RegionCommand, type RoutingTable } from '@meridian/regions';
import { expect, it } from 'vitest';
import { lastFailureMs } from './last-failure.ts';

const first = firstRoutingTable(['us-east', 'eu-west', 'ap-southeast']);
const next = (table: RoutingTable, command: RegionCommand) => {
  const decision = decideCommand(table, command, 0);
  if (!decision.ok) throw new Error(decision.detail);
  return decision.table;
};
const weighed = next(first, { kind: 'set-weight', region: 'us-east', weight: 0.5 });
const failed = next(weighed, { kind: 'fail', region: 'eu-west' });
const weighedAgain = next(failed, { kind: 'set-weight', region: 'us-east', weight: 1 });
const known = (...tables: RoutingTable[]) => tables.map((table, i) => ({ table, knownForMs: (i + 1) * 100 }));

it('is unknown where nothing was decided, and where no region is failed', () => {
  expect(lastFailureMs([])).toBeUndefined();
  expect(lastFailureMs(known(weighed))).toBeUndefined();
});

it('counts from the epoch in which the region failed, and not from what was decided since', () => {
  expect(lastFailureMs(known(weighedAgain, failed, weighed))).toBe(200);
});

it('counts from the oldest that is known when that epoch was missed here', () => {
  expect(lastFailureMs(known(weighedAgain))).toBe(100);
});
