import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ProcessSpec } from '@meridian/process';
import { localAddresses } from '@meridian/regions';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { standIns } from './fixtures/stand-ins.ts';
import { Fleet } from './fleet.ts';
import { readLocalTopology } from './run-up.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'meridian-fleet-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const spec = (name: string, more: Partial<ProcessSpec> = {}): ProcessSpec => ({
  name,
  command: process.execPath,
  args: ['-e', 'setInterval(() => {}, 1000)'],
  logFile: path.join(directory, `${name.replace('/', '-')}.log`),
  ready: async () => undefined,
  readyWithinMs: 5_000,
  stopSignal: 'SIGTERM',
  stopWithinMs: 1_000,
  ...more,
});

it('a region that is being restarted when all is stopped leaves no process behind', async () => {
  const fleet = new Fleet(localAddresses(readLocalTopology(standIns.topologyFile)), directory, () => undefined);
  onTestFinished(() => fleet.stopAll());
  const stateOf = (name: string) => fleet.status().find((process) => process.name === name)?.state;
  const replicatorHears = path.join(directory, 'hears');
  const deaf = `process.on('SIGTERM', () => {}); require('fs').writeFileSync(${JSON.stringify(replicatorHears)}, '')`;
  const serves = Promise.withResolvers<void>();
  let starts = 0;
  // At its second start the database serves when the test lets it; the other region's replicator has to be killed, which
  // keeps `stopAll` between the services, which it has passed, and the databases.
  await fleet.start(spec('north/postgres', { ready: () => (++starts > 1 ? serves.promise : Promise.resolve()) }));
  await fleet.start(spec('north/order'));
  await fleet.start(
    spec('far-south/replicator', {
      args: ['-e', `${deaf}; setInterval(() => {}, 1000)`],
      ready: async () => void (await readFile(replicatorHears)),
    }),
  );

  const restarted = Promise.allSettled([fleet.restart('north')]);
  await eventually(() => expect([stateOf('north/postgres'), starts]).toEqual(['starting', 2]), { withinMs: 5_000 });
  const stopped = fleet.stopAll();
  await eventually(() => expect(stateOf('far-south/replicator')).toBe('stopped'), { withinMs: 5_000 });
  serves.resolve();
  const [[outcome]] = await Promise.all([restarted, stopped]);
  expect(fleet.status().filter(({ pid }) => pid !== undefined)).toEqual([]);
  expect(outcome).toMatchObject({ status: 'rejected', reason: { message: 'The run is being stopped.' } });
});
