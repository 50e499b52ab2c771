import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { processes, processUsage, proportionalBytes, repositoryRoot, TEST_PORT_OFFSET } from '@meridian/test-harness';
import type { Benchmark, BenchRun, Figure } from '../benchmark.ts';
import { Started } from '../servers.ts';
import { ratios } from '../statistics.ts';

const CLI = path.join(repositoryRoot, 'apps/cli/bin/meridian.js');
const JAVA_OR_SQL = /\/(kafka|postgres)$/;

interface Footprint {
  readyS: number;
  memoryMb: number;
  /** Megabytes by kind of process: `kafka`, `postgres`, `order`. */
  byKind: Record<string, number>;
  /** What as many Nodes hold that do nothing, in megabytes. */
  bareMb: number;
  nodes: number;
  /** Seconds of CPU of all processes until it was ready. */
  cpuS: number;
}

export const footprint: Benchmark = {
  name: 'footprint',
  measures:
    '`meridian up`: seconds from its start until the first orders were read in all regions, on empty disks and again on the same ones; memory of all processes then, with their children, traces on; what processes share is divided among them.',
  peers: ['as many Nodes that do nothing', 'opentelemetry-demo as published: 6 GB full, 3 GB minimal'],
  limit: {
    figure: 'Node processes ÷ as many bare Nodes, memory',
    atLeast: 1,
    why: 'a service holds at least what a Node holds that does nothing; less means that not all processes were counted',
  },
  goals: [
    { figure: 'ready again', atMost: 40 },
    { figure: 'ready on empty disks', atMost: 180 },
    { figure: 'memory', atMost: 4_000 },
  ],
  was: '24 to 36 s on empty disks, 12 s again, 2.3 GB in 24 processes (README.md).',
  on: 'alone',

  async run({ scale, rounds, say }: BenchRun) {
    const fresh: Footprint[] = [];
    const again: Footprint[] = [];
    for (let round = 0; round < rounds; round += 1) {
      fresh.push(await startAndStop(['--fresh']));
      say(`ready on empty disks after ${fresh.at(-1)?.readyS.toFixed(1)} s`);
      if (scale === 'quick') continue;
      again.push(await startAndStop([]));
      say(`ready again after ${again.at(-1)?.readyS.toFixed(1)} s`);
    }
    const absent = scale === 'quick' ? ['ready again: a quick run starts once per round.'] : [];
    return { figures: figuresOf(fresh, again), absent };
  },
};

/** In one go, on the ports and the data of tests. */
async function startAndStop(args: string[]): Promise<Footprint> {
  const up = spawn(process.execPath, [CLI, 'up', '--json', '--port-offset', String(TEST_PORT_OFFSET), ...args], {
    cwd: repositoryRoot,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const started = new Started();
  started.add({ stop: () => stopped(up) });
  try {
    const startedMs = performance.now();
    await untilReady(up);
    const readyS = (performance.now() - startedMs) / 1_000;
    return { readyS, ...(await weigh()) };
  } finally {
    await started.stopAll();
  }
}

async function untilReady(up: ChildProcess): Promise<void> {
  let last = '';
  for await (const line of createInterface({ input: up.stdout as NodeJS.ReadableStream })) {
    last = line;
    if (JSON.parse(line).type === 'ready') {
      up.stdout?.resume();
      return;
    }
  }
  throw new Error(`"meridian up" ended before it was ready: ${last}`);
}

async function stopped(up: ChildProcess): Promise<void> {
  if (up.exitCode !== null) return;
  const exit = once(up, 'exit');
  up.kill('SIGINT');
  await exit;
}

async function weigh(): Promise<Omit<Footprint, 'readyS'>> {
  const running = (await processes()).filter(({ state }) => state === 'running');
  const pids = running.map(({ pid }) => pid);
  const [usage, memory] = [processUsage(pids), proportionalBytes(pids)];
  const byKind: Record<string, number> = {};
  let cpuS = 0;
  for (const { name, pid } of running) {
    const kind = name.split('/').at(-1) as string;
    byKind[kind] = (byKind[kind] ?? 0) + (memory.get(pid) ?? 0) / 1e6;
    cpuS += (usage.get(pid)?.cpuMs ?? 0) / 1_000;
  }
  const nodes = running.filter(({ name }) => !JAVA_OR_SQL.test(name)).length;
  const memoryMb = Object.values(byKind).reduce((sum, mb) => sum + mb, 0);
  return { memoryMb, byKind, cpuS, nodes, bareMb: nodes * (await bareNodeMb()) };
}

async function bareNodeMb(): Promise<number> {
  const program = "process.stdout.write('on'); setInterval(() => {}, 1000)";
  const bare = spawn(process.execPath, ['--max-semi-space-size=2', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(bare.stdout, 'data');
    return (proportionalBytes([bare.pid as number]).get(bare.pid as number) ?? Number.NaN) / 1e6;
  } finally {
    bare.kill('SIGKILL');
  }
}

function figuresOf(fresh: Footprint[], again: Footprint[]): Record<string, Figure> {
  const ofNodes = fresh.map(({ memoryMb, byKind }) => memoryMb - (byKind.kafka ?? 0) - (byKind.postgres ?? 0));
  const bare = fresh.map(({ bareMb }) => bareMb);
  const kinds = Object.entries(fresh[0]?.byKind ?? {}).toSorted(([, a], [, b]) => b - a);
  return Object.fromEntries([
    ['ready on empty disks', { unit: 's', samples: fresh.map(({ readyS }) => readyS) }],
    ...(again.length > 0 ? [['ready again', { unit: 's', samples: again.map(({ readyS }) => readyS) }]] : []),
    ['CPU until ready on empty disks', { unit: 's', samples: fresh.map(({ cpuS }) => cpuS) }],
    ['memory', { unit: 'MB', samples: fresh.map(({ memoryMb }) => memoryMb) }],
    ...kinds.map(([kind]) => [
      `memory, ${kind} of all regions`,
      { unit: 'MB', samples: fresh.map(({ byKind }) => byKind[kind] ?? 0) },
    ]),
    ['Node processes ÷ as many bare Nodes, memory', { unit: '×', samples: ratios(ofNodes, bare) }],
  ]);
}
