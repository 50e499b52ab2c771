import { HEADERS } from '@meridian/contracts';
import type { RegionId } from '@meridian/regions';
import { ProblemError } from '@meridian/service-kit';
import type { FenceRefusal, Standing } from './may-serve.ts';

/** Control tells every service once a second. */
const RETRY_AFTER = { 'retry-after': '1' };

/** The answer to who is refused. After each of them it is certain that nothing was done. */
export function refusalProblem(region: RegionId, refusal: FenceRefusal): ProblemError {
  switch (refusal.reason) {
    case 'StaleEpoch': {
      const detail = `It was sent under epoch ${refusal.epoch}, which is over: ${region} knows epoch ${refusal.known}.`;
      return new ProblemError('stale-epoch', { detail }, { [HEADERS.epoch]: String(refusal.known) });
    }
    case 'EpochNotKnown': {
      const detail = `It was sent under epoch ${refusal.epoch}; ${region} knows no later one than ${refusal.known}.`;
      return new ProblemError('region-not-serving', { detail }, RETRY_AFTER);
    }
    case 'RegionNotWritable':
      return new ProblemError('region-not-writable', { detail: standingText(region, refusal, 'write') }, RETRY_AFTER);
    case 'RegionNotServing':
      return new ProblemError('region-not-serving', { detail: standingText(region, refusal, 'serve') }, RETRY_AFTER);
    case 'LeaseOver': {
      const { overSinceMs } = refusal;
      const since =
        overSinceMs === undefined ? 'has not been given one' : `it is over since ${Math.round(overSinceMs)} ms`;
      const detail = `The primary takes writes while it has a lease, and ${region} ${since}.`;
      return new ProblemError('region-not-writable', { detail }, RETRY_AFTER);
    }
  }
}

function standingText(region: RegionId, { state, mode, instead }: Standing, what: 'write' | 'serve'): string {
  const who = instead.length > 0 ? `${instead.join(', ')} may` : 'no region may';
  return `${region} is ${state ?? 'not in the table'} in mode ${mode} and may not ${what}; ${who}.`;
}

/** Between the start of a service and the first word of its control. */
export function notToldYet(region: RegionId): ProblemError {
  const detail = `The control of ${region} has not said yet who may serve.`;
  return new ProblemError('region-not-serving', { detail }, RETRY_AFTER);
}
