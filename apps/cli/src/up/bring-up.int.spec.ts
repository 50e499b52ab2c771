import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { portsByUse, stopRunning } from '@meridian/local';
import { localAddresses, parseTopology } from '@meridian/regions';
import { eventually } from '@meridian/testing';
import { afterEach, beforeAll, expect, test } from 'vitest';
import type { UpOptions } from './up-options.ts';

/** `meridian up` in a process of its own, real but for the apps, which are small stand-ins. */
const PORT_OFFSET = 800;
const fixtures = path.join(import.meta.dirname, 'fixtures');
const topology = parseTopology(JSON.parse(await readFile(path.join(fixtures, 'two-regions.json'), 'utf8')));
const addresses = localAddresses(topology, PORT_OFFSET);

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'meridian-up-'));
  await chmod(dataDir, 0o755);
  return () => rm(dataDir, { recursive: true, force: true });
});
const started: ChildProcess[] = [];
afterEach(async () => {
  for (const child of started.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  await stopRunning(PORT_OFFSET, dataDir);
});

function up(options: UpOptions & { json?: boolean } = { bare: true }) {
  const script = path.join(fixtures, 'up-with-stand-ins.ts');
  const child = spawn(
    process.execPath,
    ['--conditions=source', script, dataDir, String(PORT_OFFSET), JSON.stringify(options)],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  started.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk;
    });
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const says = (what: string | RegExp, withinMs = 30_000) => eventually(() => expect(said).toMatch(what), { withinMs });
  return { child, code, says, said: () => said };
}

/** Makes the stand-in for the WAN end by itself with code 3. */
const breakWan = () =>
  new Promise((resolve) => {
    const { host, port } = addresses.wanControl;
    get({ host, port, path: '/fail', agent: false }).once('error', resolve).once('response', resolve);
  });

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function expectNothingLeft(): Promise<void> {
  for (const { port, use } of portsByUse(topology, addresses))
    expect({ use, open: await isOpen(port) }).toEqual({ use, open: false });
  expect(await stopRunning(PORT_OFFSET, dataDir)).toEqual({ stoppedRunner: undefined, leftovers: [] });
}

test('stays up through the death of a process and a second start, until Ctrl-C, which it takes once', async () => {
  const first = up();
  await first.says('Ctrl-C stops everything.');

  const second = up();
  expect(await second.code).toBe(1);
  expect(second.said()).toBe(
    `Meridian is running already (pid ${first.child.pid}): use that one, or stop it with "npx meridian down --port-offset 800".\n`,
  );

  await breakWan();
  await first.says('! wan ended with code 3; starting it again in 50 ms.');
  await first.says(/✓ wan runs again, \d+\.\d s after it ended\./);

  first.child.kill('SIGINT');
  await first.says('stopping …');
  await eventually(
    () => {
      first.child.kill('SIGINT');
      expect(first.said()).toContain('Already stopping; still there: ');
    },
    { withinMs: 5_000 },
  );
  expect(await first.code).toBe(0);
  expect(first.said()).toMatch(/✓ stopped everything in \d+\.\d s\n$/);
  await expectNothingLeft();
});

test('stopped while starting, it says so and leaves nothing', async () => {
  const starting = up();
  await starting.says('✓ wan');
  starting.child.kill('SIGTERM');
  expect(await starting.code).toBe(1);
  expect(starting.said()).toMatch(/stopped everything in .*\nStopped before everything was up\.\n$/s);
  expect(starting.said()).not.toContain('✗');
  await expectNothingLeft();
});

test('when the first work in it goes wrong, it says what, and stops everything', async () => {
  const barren = up({});
  expect(await barren.code).toBe(1);
  expect(barren.said()).toMatch(/The logs are in .*stopped everything in .*\/catalog answered in a shape that this/s);
  expect(barren.said()).not.toContain('Ctrl-C');
  await expectNothingLeft();
});

test('when a process will not stay up, it names it and stops everything', async () => {
  const failing = up({ bare: true, json: true });
  await failing.says('"type":"ready"');
  const lines = () =>
    failing
      .said()
      .split('\n')
      .filter((line) => line.startsWith('{'));
  const told = () => lines().map((line) => JSON.parse(line) as { type: string; name?: string });
  await eventually(
    async () => {
      await breakWan();
      expect(told()).toContainEqual(
        expect.objectContaining({ type: 'gave-up', name: 'wan', how: expect.stringContaining('ended with code 3') }),
      );
    },
    { withinMs: 20_000 },
  );
  expect(await failing.code).toBe(1);
  expect(told().at(-1)?.type).toBe('stopped');
  expect(failing.said()).toMatch(/A process did not stay up, so everything was stopped; it is named above\.\n$/);
  await expectNothingLeft();
});

test('when nobody reads it any more, it stops everything', async () => {
  const unread = up();
  await unread.says('Ctrl-C stops everything.');
  unread.child.stdout.destroy();
  await breakWan();
  expect(await unread.code).toBe(0);
  await expectNothingLeft();
});
