import { decideCommand, firstRoutingTable, type RegionCommand, type RoutingTable } from '@meridian/regions';
import { expect, test } from 'vitest';
import { readTopologyFile } from '../session.ts';
import { keepersOf, planEvacuation } from './plan-evacuation.ts';

const topology = readTopologyFile(new URL('../../../../infra/topology.json', import.meta.url).pathname);
const first = firstRoutingTable(['us-east', 'eu-west', 'ap-southeast']);
const after = (table: RoutingTable, ...commands: RegionCommand[]): RoutingTable =>
  commands.reduce((current, command) => {
    const decision = decideCommand(current, command, 0);
    if (!decision.ok) throw new Error(decision.detail);
    return decision.table;
  }, table);
const kinds = (table: RoutingTable, region: string, to?: string) =>
  planEvacuation(table, topology, region, to).map((command) => (command.kind === 'hand-over' ? command : command.kind));

test('a region drains and is evacuated', () => {
  expect(kinds(first, 'eu-west')).toEqual(['drain', 'evacuate']);
});

test('a drain that was begun is gone on with', () => {
  expect(kinds(after(first, { kind: 'drain', region: 'eu-west' }), 'eu-west')).toEqual(['evacuate']);
});

test('a hand-over that was done is not asked for again', () => {
  const handedOver = after(first, { kind: 'set-mode', mode: { kind: 'active-passive', primary: 'us-east' } });
  expect(kinds(handedOver, 'eu-west', 'us-east')).toEqual(['drain', 'evacuate']);
});

test('the primary hands over first, to the one that is named, else to the nearest', () => {
  const passive = after(first, { kind: 'set-mode', mode: { kind: 'active-passive', primary: 'eu-west' } });
  expect(kinds(passive, 'eu-west')[0]).toEqual({ kind: 'hand-over', to: 'us-east' });
  expect(kinds(passive, 'eu-west', 'ap-southeast')).toEqual([
    { kind: 'hand-over', to: 'ap-southeast' },
    'drain',
    'evacuate',
  ]);
});

test.each([
  ['the last that may write', ['us-east', 'ap-southeast'], undefined, 'would leave no region that may write'],
  ['one that has nothing to hand over', [], 'us-east', 'eu-west is not the primary'],
] as const)('refuses %s before anything has moved', (_what, out, to, sentence) => {
  const table = after(first, ...out.map((region) => ({ kind: 'drain', region }) as const));
  expect(() => planEvacuation(table, topology, 'eu-west', to)).toThrow(sentence);
});

test('in pilot light nobody could take over, and it says what to do', () => {
  const pilot = after(first, { kind: 'set-mode', mode: { kind: 'pilot-light', primary: 'eu-west' } });
  expect(() => planEvacuation(pilot, topology, 'eu-west', undefined)).toThrow('starts the others first');
});

test('who failed need not have what the leaving region wrote, who was evacuated must', () => {
  const table = after(
    first,
    { kind: 'fail', region: 'us-east' },
    { kind: 'drain', region: 'ap-southeast' },
    { kind: 'evacuate', region: 'ap-southeast' },
  );
  expect(keepersOf(table, 'eu-west')).toEqual(['ap-southeast']);
});

test('who stands by is asked, but in pilot light, where its services do not run', () => {
  const passive = after(
    first,
    { kind: 'set-mode', mode: { kind: 'active-passive', primary: 'eu-west' } },
    { kind: 'stand-by', region: 'us-east' },
  );
  expect(keepersOf(passive, 'eu-west')).toEqual(['us-east', 'ap-southeast']);
  const pilot = after(first, { kind: 'set-mode', mode: { kind: 'pilot-light', primary: 'eu-west' } });
  expect(keepersOf(pilot, 'ap-southeast')).toEqual(['eu-west']);
});
