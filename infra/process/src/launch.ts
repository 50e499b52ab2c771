import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { tailOf } from './log-tail.ts';
import type { ProcessExit, ProcessSpec } from './process-spec.ts';
import { sendSignal } from './send-signal.ts';

const FIRST_PROBE_AFTER_MS = 20;
const LONGEST_PROBE_PAUSE_MS = 150;

/** A process ended, or did not come to serve in time. The message names it and holds the last lines of its log. */
export class DidNotServe extends Error {
  /** What happened, as a phrase that follows the process's name. */
  readonly how: string;
  constructor(spec: ProcessSpec, how: string) {
    super(`${spec.name} ${how}.${tailOf(spec.logFile)}`);
    this.how = how;
  }
}

/** A child process with a log, a way to know that it serves, and an orderly stop. */
export interface ManagedProcess {
  spec: ProcessSpec;
  pid: number;
  /** Resolves when the process has ended, however. */
  exited: Promise<ProcessExit>;
  /** Undefined while it runs. */
  exit(): ProcessExit | undefined;
  /** Rejects with `DidNotServe` when the process ends or does not serve in time. */
  untilReady(): Promise<void>;
  /** Asks it to stop, kills it when it does not, and resolves when it is gone. Also its children, on a kill. */
  stop(): Promise<ProcessExit>;
  /** Sends a signal to this process only; for faults. */
  signal(signal: NodeJS.Signals): void;
}

/**
 * Starts a process in a group of its own: a Ctrl-C in the terminal then reaches the runner alone, which stops its
 * children in order, instead of hitting databases before the services that write to them.
 */
export async function launch(spec: ProcessSpec): Promise<ManagedProcess> {
  await spec.prepare?.();
  mkdirSync(path.dirname(spec.logFile), { recursive: true });
  const log = openSync(spec.logFile, 'a');
  let child: ChildProcess;
  try {
    child = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: { ...process.env, ...spec.env },
      stdio: ['ignore', log, log],
      detached: true,
      ...(spec.uid === undefined ? {} : { uid: spec.uid, gid: spec.gid ?? spec.uid }),
    });
  } finally {
    closeSync(log);
  }
  let ended: ProcessExit | undefined;
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = { code, signal };
      resolve(ended);
    });
    child.once('error', () => {
      ended ??= { code: 127, signal: null };
      resolve(ended);
    });
  });
  if (child.pid === undefined) {
    await exited;
    throw new DidNotServe(spec, `could not be started: ${spec.command} cannot be run`);
  }
  const pid = child.pid;

  return {
    spec,
    pid,
    exited,
    exit: () => ended,
    signal: (signal) => {
      child.kill(signal);
    },
    untilReady: () => untilReady(spec, () => ended),
    stop: () => stop(spec, pid, exited, () => ended),
  };
}

async function untilReady(spec: ProcessSpec, ended: () => ProcessExit | undefined): Promise<void> {
  const started = performance.now();
  let missing = 'nothing was heard of it';
  // Probing costs the very processor that it waits for, and up to twenty processes start at once.
  let pauseMs = FIRST_PROBE_AFTER_MS;
  while (performance.now() - started < spec.readyWithinMs) {
    const exit = ended();
    if (exit) throw new DidNotServe(spec, `ended ${describeExit(exit)} before it served`);
    try {
      await spec.ready();
      return;
    } catch (failure) {
      missing = failure instanceof Error ? failure.message : String(failure);
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    pauseMs = Math.min(pauseMs * 1.5, LONGEST_PROBE_PAUSE_MS);
  }
  throw new DidNotServe(spec, `did not serve within ${spec.readyWithinMs} ms: ${missing}`);
}

async function stop(
  spec: ProcessSpec,
  pid: number,
  exited: Promise<ProcessExit>,
  ended: () => ProcessExit | undefined,
): Promise<ProcessExit> {
  const done = ended();
  if (done) return done;
  sendSignal(pid, spec.stopSignal);
  // A process that was paused (SIGSTOP) would not hear it.
  sendSignal(pid, 'SIGCONT');
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), spec.stopWithinMs);
  });
  const first = await Promise.race([exited, late]);
  clearTimeout(timer);
  if (first !== 'late') return first;
  // The whole group: children must not outlive it.
  sendSignal(-pid, 'SIGKILL');
  return exited;
}

/** As a phrase that follows "ended". */
export function describeExit({ code, signal }: ProcessExit): string {
  return signal ? `by ${signal}` : `with code ${code}`;
}
