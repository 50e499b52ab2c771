import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { defineCommand } from '../command-text.ts';
import type { ProcessStatus } from '../instance/process-status.ts';
import { runnerStatusOf, tellRunner } from '../instance/runner.ts';
import type { InSession } from '../program.ts';
import type { Session } from '../session.ts';
import { formatSeconds } from '../terminal/format-figures.ts';
import { findTargets } from './find-targets.ts';
import { report } from './report.ts';

const LOOK_EVERY_MS = 100;
const GONE_WITHIN_MS = 10_000;
const BACK_WITHIN_MS = 60_000;

export function addKill(fault: Command, inSession: InSession): void {
  defineCommand(fault, {
    usage: 'kill <target>',
    summary: 'kill a process, or all of a region, and leave it down',
    details: 'With SIGKILL: nothing is flushed and nobody is told. The supervisor does not bring it back.',
    examples: [
      ['fault kill eu-west/order', 'one service'],
      ['fault kill eu-west', 'a whole region with its Kafka and PostgreSQL'],
      ['fault restart eu-west', 'bring it back'],
    ],
    failsWhen: 'a process is still there',
  }).action(
    inSession(async (session, _options, [target = '']) => {
      const before = findTargets((await runnerStatusOf(session)).processes, target);
      await tellRunner(session, '/kill', { target });
      const after = await waitFor(session, target, GONE_WITHIN_MS, (ps) => ps.every(isDown));
      const left = after.filter((p) => !isDown(p));
      const pids = before.flatMap((p) => (p.pid ? [p.pid] : []));
      const sentence =
        left.length === 0
          ? `killed ${names(before)} (pid ${pids.join(', ') || 'none'}); it stays down until "fault restart ${target}"`
          : `${names(left)} still runs`;
      report(session, { hit: left.length === 0, sentence, readBack: { processes: after } });
    }),
  );
}

export function addCrash(fault: Command, inSession: InSession): void {
  defineCommand(fault, {
    usage: 'crash <target>',
    summary: 'kill -9 a process, or all of a region, and watch the supervisor bring it back',
    examples: [
      ['fault crash eu-west/kafka', 'a broker'],
      ['fault crash wan', 'every link at once'],
    ],
    failsWhen: `it is not back within ${BACK_WITHIN_MS / 1000} s`,
  }).action(inSession((session, _options, [target = '']) => bringBack(session, target, '/signal', 'crashed')));
}

export function addRestart(fault: Command, inSession: InSession): void {
  defineCommand(fault, {
    usage: 'restart <target>',
    summary: 'start a process, or all of a region, again; one that runs is stopped in order first',
    examples: [
      ['fault restart eu-west', 'after "fault kill eu-west"'],
      ['fault restart edge', 'also while it runs'],
    ],
    failsWhen: `it does not run within ${BACK_WITHIN_MS / 1000} s`,
  }).action(inSession((session, _options, [target = '']) => bringBack(session, target, '/restart', 'restarted')));
}

async function bringBack(session: Session, target: string, path: '/signal' | '/restart', done: string): Promise<void> {
  const before = findTargets((await runnerStatusOf(session)).processes, target);
  const oldPids = new Set(before.flatMap((p) => (p.pid && !isDown(p) ? [p.pid] : [])));
  const started = performance.now();
  await tellRunner(session, path, path === '/signal' ? { target, signal: 'SIGKILL' } : { target });
  const isBack = (p: ProcessStatus) => p.state === 'running' && !!p.pid && !oldPids.has(p.pid);
  const after = await waitFor(session, target, BACK_WITHIN_MS, (ps) => ps.every(isBack));
  const left = after.filter((p) => !isBack(p));
  const took = formatSeconds(performance.now() - started);
  const sentence =
    left.length === 0
      ? `${done} ${names(before)}; running again after ${took} (pid ${after.map((p) => p.pid).join(', ')})`
      : `${left.map((p) => `${p.name} is ${p.state}`).join(', ')} after ${took}`;
  report(session, { hit: left.length === 0, sentence, readBack: { processes: after } });
}

async function waitFor(
  session: Session,
  target: string,
  withinMs: number,
  done: (processes: ProcessStatus[]) => boolean,
): Promise<ProcessStatus[]> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const processes = findTargets((await runnerStatusOf(session)).processes, target);
    if (done(processes) || performance.now() > deadline) return processes;
    await pause(LOOK_EVERY_MS);
  }
}

function isDown(p: ProcessStatus): boolean {
  return p.state === 'killed' || p.state === 'stopped';
}

function names(processes: readonly ProcessStatus[]): string {
  return processes.map((p) => p.name).join(', ');
}
