import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * When a process began, in the words of the system: with the pid it tells a process from a later one that was given the
 * same pid. Undefined when there is no such process (a zombie counts as gone).
 */
export function identityOf(pid: number): string | undefined {
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The command's name, in parentheses, may hold anything; the fields after it do not. State is the first, start the 20th.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? undefined : fields[19];
    } catch {
      return undefined;
    }
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Resident memory of a process and its children in bytes: PostgreSQL is many processes. Undefined when it is not known. */
export function residentBytes(pids: number[]): Map<number, number> {
  const result = new Map<number, number>();
  let table: string;
  try {
    table = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,rss='], { encoding: 'utf8' });
  } catch {
    return result;
  }
  const rows = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number, number]);
  const wanted = new Set(pids);
  for (const [pid, parent, rssKiB] of rows) {
    const owner = wanted.has(pid) ? pid : wanted.has(parent) ? parent : undefined;
    if (owner !== undefined) result.set(owner, (result.get(owner) ?? 0) + proportional(pid, rssKiB) * 1024);
  }
  return result;
}

/** Shared pages counted once: PostgreSQL's processes share most of theirs. Falls back to what `ps` says. */
function proportional(pid: number, rssKiB: number): number {
  if (process.platform !== 'linux') return rssKiB;
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? rssKiB);
  } catch {
    return rssKiB;
  }
}
