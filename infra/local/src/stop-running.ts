import { sendSignal } from '@meridian/process';
import { localPaths } from './paths.ts';
import { identityOf } from './process-identity.ts';
import { endLeftovers, releaseRunner, runningRunner } from './run-records.ts';

export interface StopResult {
  /** The pid of the runner that was stopped; undefined when none was running. */
  stoppedRunner: number | undefined;
  /** Names of processes that outlived their runner, a killed one or one that did not stop in time, and were ended. */
  leftovers: string[];
}

/** More than a runner's own limits add up to. */
const LIMIT_MS = 40_000;

/** Stops the run of a port offset in order, and ends what a killed runner left behind. */
export async function stopRunning(portOffset = 0, dataDir?: string, limitMs = LIMIT_MS): Promise<StopResult> {
  const { run } = localPaths(portOffset, dataDir);
  const pid = await runningRunner(run);
  if (pid !== undefined) {
    const identity = identityOf(pid);
    const deadline = performance.now() + limitMs;
    sendSignal(pid, 'SIGTERM');
    // One that was paused (Ctrl-Z) would not hear it.
    sendSignal(pid, 'SIGCONT');
    while (identityOf(pid) === identity) {
      if (performance.now() > deadline) sendSignal(pid, 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const leftovers = await endLeftovers(run);
  await releaseRunner(run);
  return { stoppedRunner: pid, leftovers };
}
