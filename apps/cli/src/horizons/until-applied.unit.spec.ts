import { afterEach, beforeEach, expect, test } from 'vitest';
import { type StandIns, startStandIns } from '../instance/stand-in-services.fixture.ts';
import { readTopologyFile } from '../session.ts';
import { findInboxes, outboxesOf, untilApplied } from './until-applied.ts';

const topology = readTopologyFile(new URL('../../../../infra/topology.json', import.meta.url).pathname);
let world: StandIns;

beforeEach(async () => {
  world = await startStandIns(topology);
  world.published.set('/eu-west/order', 7);
});
afterEach(() => world.close());

const applied = (region: string, last: number) =>
  world.inbox(region, 'order').set('/eu-west/order', { appliedUpTo: last, appliedLast: last });

test('ends when the readers have what was written when it began, whatever was written since', async () => {
  const written = await outboxesOf(world.session, ['eu-west']);
  world.published.set('/eu-west/order', 100);
  applied('us-east', 5);
  applied('ap-southeast', 7);
  const waiting = untilApplied(world.session, written, ['us-east', 'ap-southeast'], 5_000);
  applied('us-east', 7);
  await expect(waiting).resolves.toBeUndefined();
});

test('fails with who lacks what of whom', async () => {
  applied('us-east', 5);
  applied('ap-southeast', 7);
  const written = await outboxesOf(world.session, ['eu-west']);
  await expect(untilApplied(world.session, written, ['us-east', 'ap-southeast'], 150)).rejects.toThrow(
    'After 0.15 s us-east/order lacks 2 of /eu-west/order; "meridian lag" shows why.',
  );
});

test('after a loss, those that answer are enough', async () => {
  const gone = world.session.addresses.regions['ap-southeast'];
  if (gone) gone.services.order = { host: '127.0.0.1', port: 1 };
  const found = await findInboxes(
    {
      ...world.session,
      addresses: {
        ...world.session.addresses,
        runner: { host: '127.0.0.1', port: 1 },
        edge: { host: '127.0.0.1', port: 1 },
      },
    },
    ['ap-southeast'],
  );
  expect(found.map(({ service }) => service)).toEqual(['user', 'catalog']);
});
