import path from 'node:path';
import { type RunningSystem, RunsAlready, type RunUpOptions, runUp, StoppedWhileStarting } from '@meridian/local';
import { urlOf } from '@meridian/regions';
import { CommandFailure } from '../command-failure.ts';
import type { Session } from '../session.ts';
import { totalRssBytes } from '../status/render-status.ts';
import { fillAndOrder } from './fill-and-order.ts';
import { jsonReport } from './json-report.ts';
import type { Ready } from './render-ready.ts';
import { listenForStop } from './stop-requests.ts';
import { textReport } from './text-report.ts';
import { runnerOptions, type UpOptions } from './up-options.ts';
import type { UpReport } from './up-report.ts';

/**
 * Starts everything and stays until everything is down again. Returns when that was asked for after all was up; throws
 * a `CommandFailure` in every other case, and then, too, nothing is left running.
 */
export async function bringUp(
  session: Session,
  options: UpOptions,
  /** For tests: other programs and another place for data. */
  overrides: Pick<RunUpOptions, 'programOf' | 'dataDir'> = {},
): Promise<void> {
  const settings = runnerOptions(session.topology, options, session);
  const report = session.json ? jsonReport(session.terminal.line) : textReport(session.terminal, session.portOffset);
  let system: RunningSystem | undefined;
  let stoppingSinceMs: number | undefined;
  let gaveUp = false;
  const stopping = () => {
    if (stoppingSinceMs !== undefined) return;
    stoppingSinceMs = performance.now();
    report.stopping();
  };
  const requests = listenForStop(session.terminal, () => report.stoppingAlready(system ? namesOf(system) : []));
  requests.signal.addEventListener('abort', () => {
    stopping();
    void system?.shutdown();
  });

  try {
    system = await runUp({
      ...settings,
      ...overrides,
      portOffset: session.portOffset,
      topologyFile: session.topologyPath,
      signal: requests.signal,
      onStep: report.step,
      onNote: report.note,
      onEvent: (event) => {
        report.event(event);
        if (event.type !== 'gave-up') return;
        gaveUp = true;
        stopping();
      },
    });
    await serve(session, system, { report, signal: requests.signal, bare: options.bare === true, stopping });
  } catch (failure) {
    throw gaveUp ? didNotStayUp() : asCommandFailure(failure, session.portOffset);
  } finally {
    if (system ?? stoppingSinceMs)
      report.stopped(stoppingSinceMs === undefined ? undefined : performance.now() - stoppingSinceMs);
    requests.stopListening();
    report.close();
  }
}

interface Serving {
  report: UpReport;
  signal: AbortSignal;
  bare: boolean;
  stopping: () => void;
}

async function serve(session: Session, system: RunningSystem, { report, signal, bare, stopping }: Serving) {
  if (!bare)
    try {
      await fillAndOrder(session, report, signal);
    } catch (failure) {
      // Whoever stops the run meanwhile makes this work fail, and is the reason then.
      const isStopping = signal.aborted || system.processes().some((p) => p.state === 'stopped');
      if (!isStopping) report.note(`The logs are in ${shortest(system.logsDir)}.`);
      stopping();
      await system.shutdown();
      throw isStopping ? new StoppedWhileStarting() : failure;
    }
  if (!signal.aborted) report.ready(readyOf(session, system, bare));
  if ((await system.closed) !== 0) throw didNotStayUp();
}

function readyOf(session: Session, system: RunningSystem, bare: boolean): Ready {
  const { edge, traceQuery } = system.addresses;
  const processes = system.processes();
  return {
    regions: system.topology.regions.length,
    tookMs: performance.now(),
    until: bare ? 'serving' : 'first-orders-everywhere',
    edgeUrl: urlOf(edge),
    docsUrl: `${urlOf(edge)}/docs`,
    tracesUrl: urlOf(traceQuery),
    logsDir: shortest(system.logsDir),
    processes: processes.length,
    totalRssBytes: totalRssBytes(processes),
    ownRssBytes: process.memoryUsage.rss(),
    portOffset: session.portOffset,
  };
}

/** From here, when it lies below; a person can then read it, and a shell complete it. */
function shortest(directory: string): string {
  const fromHere = path.relative(process.cwd(), directory);
  return fromHere.startsWith('..') ? directory : fromHere;
}

function namesOf(system: RunningSystem): string[] {
  return system
    .processes()
    .filter((p) => p.pid !== undefined)
    .map((p) => p.name);
}

function didNotStayUp(): CommandFailure {
  return new CommandFailure('A process did not stay up, so everything was stopped; it is named above.');
}

function asCommandFailure(failure: unknown, portOffset: number): unknown {
  if (failure instanceof StoppedWhileStarting) return new CommandFailure('Stopped before everything was up.');
  if (failure instanceof RunsAlready) {
    const down = `npx meridian down${portOffset === 0 ? '' : ` --port-offset ${portOffset}`}`;
    return new CommandFailure(
      `Meridian is running already (pid ${failure.pid}): use that one, or stop it with "${down}".`,
    );
  }
  return failure;
}
