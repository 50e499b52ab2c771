import { readdirSync, readFileSync } from 'node:fs';
import { deployment, type ProcessState, processes } from '@meridian/test-harness';

/** Milliseconds of CPU that the processes of a kind have used since they began: `user`, `postgres`, `edge`. */
export type CpuByKind = Readonly<Record<string, number>>;

/** Linux counts CPU in hundredths of a second for whoever reads /proc, whatever the kernel's own tick. */
const MS_PER_TICK = 10;

/** Undefined where it cannot be read: elsewhere than on Linux, or when the processes run in containers. */
export async function cpuByKind(): Promise<CpuByKind | undefined> {
  if (deployment !== 'local' || process.platform !== 'linux') return undefined;
  const all = readProcesses();
  const total = new Map<string, number>();
  for (const { name, pid } of (await processes()).filter(isRunning)) {
    const kind = name.split('/').at(-1) as string;
    total.set(kind, (total.get(kind) ?? 0) + ticksOf(pid, all) * MS_PER_TICK);
  }
  return Object.fromEntries(total);
}

/** `edge 1.2 ms, user 3.4 ms, …`: what each kind used between two readings, per operation; the most first. */
export function cpuPerOperation(before: CpuByKind, after: CpuByKind, operations: number): string {
  const used = Object.entries(after).map(([kind, ms]) => ({ kind, ms: (ms - (before[kind] ?? 0)) / operations }));
  const sum = used.reduce((total, { ms }) => total + ms, 0);
  const parts = used.filter(({ ms }) => ms >= 0.05).toSorted((a, b) => b.ms - a.ms);
  return `${sum.toFixed(1)} ms (${parts.map(({ kind, ms }) => `${kind} ${ms.toFixed(1)}`).join(', ')})`;
}

interface Counted {
  pid: number;
  parent: number;
  /** Of the process. */
  ticks: number;
  /** Of its children that have ended. */
  childTicks: number;
}

const isRunning = ({ state, pid }: ProcessState) => state === 'running' && pid !== undefined;

function readProcesses(): Counted[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      // After the command in brackets, which can hold anything.
      const fields = readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ').at(-1)?.split(' ').map(Number) ?? [];
      const [parent = 0, user = 0, system = 0, childUser = 0, childSystem = 0] = [1, 11, 12, 13, 14].map(
        (i) => fields[i],
      );
      return [{ pid: Number(entry), parent, ticks: user + system, childTicks: childUser + childSystem }];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

/** With its children: PostgreSQL has a process per connection. */
function ticksOf(pid: number, all: readonly Counted[]): number {
  const own = all.find((one) => one.pid === pid);
  const children = all.filter(({ parent }) => parent === pid).reduce((sum, child) => sum + ticksOf(child.pid, all), 0);
  return (own ? own.ticks + own.childTicks : 0) + children;
}
