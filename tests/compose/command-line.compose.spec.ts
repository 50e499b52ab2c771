import { compose, heal, meridian, meridianJson, regions } from '@meridian/test-harness';
import { afterAll, describe, expect, it } from 'vitest';

const [a, b] = regions as [string, string];

async function succeeds(...args: string[]) {
  const { code, stdout, stderr } = await meridian(...args);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout;
}

describe('the command line of this machine works on the containers', () => {
  afterAll(heal);

  it('seed: finds what was created, and creates nothing twice', async () => {
    expect(await succeeds('seed')).toBe('1,000 products are in every region, 0 of them new.\n');
  });

  it('status: every container by the name of its part, with its memory', async () => {
    const { processes, totalRssBytes, profile } = await meridianJson('status');
    expect(profile).toBe('aws-2022');
    expect(processes.map((p: { name: string }) => p.name)).toEqual(
      expect.arrayContaining([
        'wan',
        'edge',
        'jaeger',
        ...regions.flatMap((r) => [`${r}/kafka`, `${r}/postgres`, `${r}/order`]),
      ]),
    );
    expect(processes.filter((p: { state: string; rssBytes?: number }) => p.state !== 'running' || !p.rssBytes)).toEqual(
      [],
    );
    expect(totalRssBytes / 2 ** 30).toBeLessThan(4);
    console.log(`  ${processes.length} containers, ${Math.round(totalRssBytes / 2 ** 20)} MiB in all`);
    expect(await succeeds('status')).toContain('No link has a fault.');
  });

  it('order and trace: one order, seen in every region, in one trace', async () => {
    const { steps } = await meridianJson('order', '--from', 'Dublin');
    expect(steps[0].region).toBe('eu-west');
    const trace = await succeeds('trace', steps[0].traceId, '--wait');
    for (const region of regions) expect(trace).toContain(region);
  });

  it('lag and verify', async () => {
    await succeeds('lag');
    await succeeds('verify');
  });

  it('fault partition, delay, heal', async () => {
    expect(await succeeds('fault', 'partition', a, b)).toContain('links are cut');
    expect(await succeeds('fault', 'list')).toContain('black-hole');
    await succeeds('fault', 'heal', a, b);
    expect(await succeeds('fault', 'delay', a, b, '300')).toContain('300 ms');
    await succeeds('fault', 'heal');
    expect(await succeeds('fault', 'list')).toContain('Nothing is broken.');
  });

  it('fault crash: a service that is killed from inside is brought back', async () => {
    expect(await succeeds('fault', 'crash', `${a}/order`)).toContain('running again');
  });

  it('a part that does not exist is told with those that do', async () => {
    const { code, stderr } = await meridian('fault', 'kill', 'nowhere');
    expect(code).toBe(2);
    expect(stderr).toContain(`${a}/kafka`);
  });
});

describe('the command line in a container, for a machine without Node', () => {
  const inContainer = (...args: string[]) => compose('run', '--rm', '--no-TTY', 'meridian', ...args);

  it('seed, order, trace and verify, beside the edge and through its links', async () => {
    expect(await inContainer('seed')).toBe('1,000 products are in every region, 0 of them new.');
    const { steps } = JSON.parse(await inContainer('order', '--from', 'Dublin', '--json'));
    expect(steps[0].region).toBe('eu-west');
    const trace = await inContainer('trace', steps[0].traceId, '--wait');
    for (const region of regions) expect(trace).toContain(region);
    expect(await inContainer('verify')).toContain('Every region holds the same state.');
  });

  it('what only the engine knows it does not guess', async () => {
    await expect(inContainer('status')).rejects.toThrow('docker compose ps');
  });
});
