import { addresses, compose, composeSet, http, meridian, regions } from '@meridian/test-harness';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { capableOfSomething, inspectAll, processesOfRoot, writableRoots } from './confinement.fixture.ts';

/** MirrorMaker 2 in the place of our engine, by the command that infra/compose/README.md gives. */
const replicators = regions.map((region) => `${region}-replicator`);

beforeAll(async () => {
  const started = performance.now();
  const up = ['up', '--detach', '--no-deps', '--build', '--wait', ...replicators];
  await compose('--env-file', 'infra/compose/mirrormaker2.env', ...up);
  console.log(`  MirrorMaker 2 is built and healthy after ${((performance.now() - started) / 1000).toFixed(1)} s`);
});
afterAll(() => composeSet({}, ...replicators));

it('what MirrorMaker 2 copies makes all regions equal', async () => {
  for (const region of regions) {
    const { host, port } = addresses.regions[region]?.replicator ?? {};
    expect((await http(`http://${host}:${port}/lag`)).body.engine).toBe('mirrormaker2');
  }
  const order = await meridian('order', '--from', 'Dublin');
  expect({ code: order.code, stderr: order.stderr }).toEqual({ code: 0, stderr: '' });
  expect((await meridian('verify')).stdout).toContain('Every region holds the same state.');
});

it('a replicator with a Java beside it is as confined as the others', async () => {
  const running = (await inspectAll()).filter(({ Name, State }) => State.Running && Name.includes('-replicator-'));
  expect(running.length).toBe(regions.length);
  expect(await processesOfRoot(running)).toEqual([]);
  expect(await writableRoots(running)).toEqual([]);
  expect(await capableOfSomething(running)).toEqual([]);
});
