import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { repositoryRoot } from '@meridian/test-harness';

/** Where figures come from: without it they say nothing. */
export interface Machine {
  processor: string;
  processors: number;
  memoryGiB: number;
  system: string;
  node: string;
  /** When the run began. */
  loadAverage: number;
  /** What was measured; `+` behind it when the checkout holds more than that. */
  commit: string;
}

export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    processors: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${nameOfSystem()}, kernel ${release()}`,
    node: process.versions.node,
    loadAverage: loadAverage(),
    commit: commit(),
  };
}

/** Of the last minute: figures of a busy machine are to be read with it. */
export function loadAverage(): number {
  return Math.round((loadavg()[0] ?? 0) * 10) / 10;
}

function nameOfSystem(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? process.platform;
  } catch {
    return process.platform;
  }
}

function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: repositoryRoot, encoding: 'utf8' }).trim();
  try {
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') === '' ? '' : '+'}`;
  } catch {
    return 'unknown';
  }
}
