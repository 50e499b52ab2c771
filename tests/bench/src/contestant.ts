import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { processUsage } from '@meridian/test-harness';

/**
 * A contestant in a process of its own, so that the operating system counts what it uses apart from what loads it. The
 * program sends `{ ready }` when it can be asked, answers each message with one of its own, and ends when it is disconnected.
 */
export interface Contestant<Ready> {
  pid: number;
  ready: Ready;
  /** Rejects with what it said when it answers `{ failed }`, or ends. */
  ask<Answer>(question: unknown): Promise<Answer>;
  stop(): Promise<void>;
}

export interface Program {
  file: string;
  args?: string[];
  execArgv?: string[];
  env?: Record<string, string>;
}

const STOPPED_WITHIN_MS = 5_000;

export async function startContestant<Ready>({ file, args = [], execArgv = [], env = {} }: Program) {
  const child = fork(file, args, { execArgv, env: { ...process.env, ...env } });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    // It ends by itself, as one that is killed would not keep its profile.
    if (child.connected) child.disconnect();
    const late = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
    await exit;
    clearTimeout(late);
  };
  try {
    const { ready } = await answer<{ ready: Ready }>(child);
    const contestant: Contestant<Ready> = {
      pid: child.pid as number,
      ready,
      ask: (question) => {
        child.send(question as object);
        return answer(child);
      },
      stop,
    };
    return contestant;
  } catch (failure) {
    await stop();
    throw failure;
  }
}

async function answer<Answer>(child: ChildProcess): Promise<Answer> {
  const settled = new AbortController();
  const { signal } = settled;
  try {
    const ended = once(child, 'exit', { signal }).then(([code, by]) => {
      throw new Error(`A contestant ended with ${code ?? by}: ${child.spawnargs.slice(1).join(' ')}`);
    });
    const [said] = (await Promise.race([once(child, 'message', { signal }), ended])) as [Answer & { failed?: string }];
    if (said.failed !== undefined) throw new Error(said.failed);
    return said;
  } finally {
    settled.abort();
  }
}

/** Milliseconds of CPU that the process and its children use while `work` runs, and what that returns. */
export async function withCpuMs<T>(pid: number, work: () => Promise<T>): Promise<{ cpuMs: number; result: T }> {
  const cpuMs = () => processUsage([pid]).get(pid)?.cpuMs ?? Number.NaN;
  const before = cpuMs();
  const result = await work();
  return { cpuMs: cpuMs() - before, result };
}
