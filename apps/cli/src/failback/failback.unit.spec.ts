import { decideCommand, firstRoutingTable, type RegionCommand, type RoutingTable, regionIds } from '@meridian/regions';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepRecord } from '../failover/failover-records.ts';
import { readTopologyFile } from '../session.ts';
import { failBack } from './failback.ts';
import { type StandInInstance, startStandInInstance } from './stand-in-instance.fixture.ts';

const topology = readTopologyFile(new URL('../../../../infra/topology.json', import.meta.url).pathname);
const patience = { holdMs: 0, withinMs: 5_000 };
const FAILED_IN_EPOCH = 1;
const SURVIVORS = ['us-east', 'ap-southeast'];
let world: StandInInstance;

/** Every region has it, by now. */
function write(sequence: number, committedAtMs = sequence * 100): void {
  const source = '/eu-west/order';
  const event = { sequence, key: `o-${sequence}`, hlc: hlcAt(sequence, 'eu-west'), type: 'meridian.order.paid.v1' };
  const known = world.events.get(source) ?? [];
  world.events.set(source, [...known, { ...event, committedAt: new Date(committedAtMs).toISOString() }]);
  world.published.set(source, sequence);
  for (const survivor of SURVIVORS)
    world.inbox(survivor, 'order').set(source, { appliedUpTo: sequence, appliedLast: sequence });
}

/** It lost to one that did not know of it. */
function lose(sequence: number): void {
  const side = (region: string) => ({ value: sequence, hlc: hlcAt(sequence, region), region });
  const id = `1ebb9ce5-ec34-50e1-a0e1-${String(sequence).padStart(12, '0')}`;
  const of = { aggregate: 'order', aggregateId: `o-${sequence}`, field: 'paid', rule: 'last-writer-wins' } as const;
  const when = { detectedAt: new Date(1_000_000).toISOString(), status: 'open' } as const;
  world.conflicts.push({ id, ...of, ...when, lost: side('eu-west'), won: side('us-east') });
}

const hlcAt = (n: number, region: string) => `${String(n).padStart(15, '0')}-0000-${region}`;

function after(...commands: RegionCommand[]): RoutingTable {
  return commands.reduce(
    (table, command) => {
      const decision = decideCommand(table, command, 1_000);
      if (!decision.ok) throw new Error(decision.detail);
      return decision.table;
    },
    firstRoutingTable(regionIds(topology)),
  );
}

beforeEach(async () => {
  world = await startStandInInstance(topology, after({ kind: 'fail', region: 'eu-west' }));
  for (let sequence = 1; sequence <= 7; sequence += 1) write(sequence);
  const applied = { 'us-east': 5, 'ap-southeast': 4 };
  const services = [{ service: 'order' as const, applied, written: null }];
  await keepRecord(world.session, { region: 'eu-west', epoch: FAILED_IN_EPOCH, atMs: 1_000, services });
});
afterEach(() => world.close());

const ofOrder = { service: 'order', missing: 2, ms: 100, arrived: 2, outstanding: 0 };

test('a way back says what became of the writes that were missing', async () => {
  lose(6);
  await failBack(world.session, 'eu-west', patience);
  expect(world.written()).toMatchObject([{ region: 'eu-west', fates: [{ ...ofOrder, overwritten: 1 }] }]);
});

test('and so does one that was stopped while it took its share, and goes on', async () => {
  world.refuse = 'activate';
  await expect(failBack(world.session, 'eu-west', patience)).rejects.toThrow('No region decides anything now');
  expect(world.table().regions['eu-west']).toMatchObject({ state: 'failing-back', weight: 1 });
  world.refuse = undefined;
  await failBack(world.session, 'eu-west', patience);
  expect(world.written()).toMatchObject([{ fates: [ofOrder] }]);
  expect(world.table().regions['eu-west']?.state).toBe('active');
});

test('what it wrote since it is back can lose as well, and was not missing', async () => {
  world.refuse = 'activate';
  await expect(failBack(world.session, 'eu-west', patience)).rejects.toThrow('No region decides anything now');
  world.refuse = undefined;
  for (const sequence of [8, 9, 10]) write(sequence);
  for (const sequence of [7, 8, 9, 10]) lose(sequence);
  await failBack(world.session, 'eu-west', patience);
  expect(world.written()).toMatchObject([{ fates: [{ ...ofOrder, overwritten: 1 }] }]);
});

test('what it wrote while it was out was missing as well, and makes the loss no older', async () => {
  write(8, 3_600_000);
  await failBack(world.session, 'eu-west', patience);
  expect(world.written()).toMatchObject([{ fates: [{ ...ofOrder, missing: 3, arrived: 3 }] }]);
});

test('one that goes on after an evacuation says nothing of an earlier failure', async () => {
  await failBack(world.session, 'eu-west', patience);
  for (const kind of ['drain', 'evacuate'] as const) world.decide({ kind, region: 'eu-west' });
  world.refuse = 'activate';
  await expect(failBack(world.session, 'eu-west', patience)).rejects.toThrow('No region decides anything now');
  world.refuse = undefined;
  await failBack(world.session, 'eu-west', patience);
  expect(world.written().at(-1)).toMatchObject({ fates: null });
});
