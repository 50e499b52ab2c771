import { canReadUsage, deployment, type ProcessState, processes, processUsage } from '@meridian/test-harness';

/** Milliseconds of CPU that the processes of a kind have used since they began: `user`, `postgres`, `edge`. */
export type CpuByKind = Readonly<Record<string, number>>;

/** Undefined where it cannot be read: elsewhere than on Linux, or when the processes run in containers. */
export async function cpuByKind(): Promise<CpuByKind | undefined> {
  if (deployment !== 'local' || !canReadUsage) return undefined;
  const running = (await processes()).filter(isRunning);
  const usage = processUsage(running.map(({ pid }) => pid));
  const total = new Map<string, number>();
  for (const { name, pid } of running) {
    const kind = name.split('/').at(-1) as string;
    total.set(kind, (total.get(kind) ?? 0) + (usage.get(pid)?.cpuMs ?? 0));
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

const isRunning = ({ state, pid }: ProcessState) => state === 'running' && pid !== undefined;
