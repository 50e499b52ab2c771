import { localPaths } from './paths.ts';
import { identityOf } from './process-identity.ts';
import { endLeftovers, releaseRunner, runningRunner } from './run-records.ts';

export interface StopResult {
  /** The pid of the runner that was stopped; undefined when none was running. */
  stoppedRunner: number | undefined;
  /** Names of processes that an earlier, killed runner had left behind and that were ended now. */
  leftovers: string[];
}

const LIMIT_MS = 40_000;

/** Stops the run of a port offset in order, or ends what a killed runner left behind. Throws when it will not stop. */
export async function stopRunning(portOffset = 0): Promise<StopResult> {
  const { run } = localPaths(portOffset);
  const pid = await runningRunner(run);
  if (pid !== undefined) {
    const identity = identityOf(pid);
    process.kill(pid, 'SIGTERM');
    const deadline = performance.now() + LIMIT_MS;
    while (identityOf(pid) === identity) {
      if (performance.now() > deadline)
        throw new Error(`The runner (pid ${pid}) did not stop within ${LIMIT_MS / 1000} s.`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const leftovers = await endLeftovers(run);
  await releaseRunner(run);
  return { stoppedRunner: pid, leftovers };
}
