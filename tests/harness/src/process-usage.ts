import { readdirSync, readFileSync } from 'node:fs';

/** What a process and its children have used, as the operating system counts it. Linux alone says it this way. */
export interface ProcessUsage {
  /** Milliseconds of CPU, user and system, since it began. */
  cpuMs: number;
  /** Resident memory in bytes. What processes share is counted in each: their sum is more than the machine is without. */
  rssBytes: number;
}

export const canReadUsage: boolean = process.platform === 'linux';

/**
 * Memory in bytes of processes with their children, by pid, in which what processes share is divided among them: these can
 * be added up. Slower to read, and of one's own processes only, unless root asks; resident memory where it cannot be read.
 */
export function proportionalBytes(pids: readonly number[]): Map<number, number> {
  const all = readProcesses();
  const byParent = Map.groupBy(all.values(), ({ parent }) => parent);
  const sum = (one: Counted): number =>
    (byParent.get(one.pid) ?? []).reduce((total, child) => total + sum(child), ownProportion(one));
  return new Map([...all.values()].filter(({ pid }) => pids.includes(pid)).map((one) => [one.pid, sum(one)]));
}

function ownProportion({ pid, rssBytes }: Counted): number {
  try {
    const kiB = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
    return kiB === undefined ? rssBytes : Number(kiB) * 1_024;
  } catch {
    return rssBytes;
  }
}

/** Of several processes at one moment, by pid; those that have ended are left out. With their children: PostgreSQL has a process per connection. */
export function processUsage(pids: readonly number[]): Map<number, ProcessUsage> {
  const all = readProcesses();
  const byParent = Map.groupBy(all.values(), ({ parent }) => parent);
  const sum = (one: Counted): ProcessUsage =>
    (byParent.get(one.pid) ?? []).map(sum).reduce(
      (total, child) => ({ cpuMs: total.cpuMs + child.cpuMs, rssBytes: total.rssBytes + child.rssBytes }),
      // Its children that have ended are counted by itself.
      { cpuMs: (one.ticks + one.childTicks) * MS_PER_TICK, rssBytes: one.rssBytes },
    );
  return new Map(
    pids.flatMap((pid) => {
      const found = all.get(pid);
      return found ? [[pid, sum(found)] as const] : [];
    }),
  );
}

/** Linux counts CPU in hundredths of a second for whoever reads /proc, whatever the kernel's own tick. */
const MS_PER_TICK = 10;
/** What /proc counts memory in; 4 KiB on every machine that this runs on (x86-64, and arm64 as it is commonly built). */
const PAGE_BYTES = 4_096;

interface Counted {
  pid: number;
  parent: number;
  /** Of the process. */
  ticks: number;
  /** Of its children that have ended. */
  childTicks: number;
  rssBytes: number;
}

function readProcesses(): Map<number, Counted> {
  const found = readdirSync('/proc').flatMap((entry): Counted[] => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      // After the command in brackets, which can hold anything.
      const fields = readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ').at(-1)?.split(' ').map(Number) ?? [];
      const at = (i: number) => fields[i] ?? 0;
      const rssBytes = at(21) * PAGE_BYTES;
      return [{ pid: Number(entry), parent: at(1), ticks: at(11) + at(12), childTicks: at(13) + at(14), rssBytes }];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
  return new Map(found.map((one) => [one.pid, one]));
}
