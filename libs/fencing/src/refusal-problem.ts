import { HEADERS } from '@meridian/contracts';
import type { RegionId } from '@meridian/regions';
import { ProblemError } from '@meridian/service-kit';
import type { FenceRefusal, Standing } from './may-serve.ts';

/** Control tells every service once a second. */
const RETRY_AFTER = { 'retry-after': '1' };

/**
 * The headers of a refusal by a region that knows of epoch `known`. Beside a 503 the epoch says that nothing was done that
 * stands in the way of asking again: who passes the request on, as the edge does, may send it again, whatever it is.
 */
export function refusedByFence(known: number): Record<string, string> {
  return { ...RETRY_AFTER, [HEADERS.epoch]: String(known) };
}

/** The answer to who is refused, by a region that knows of epoch `known`. After each of them nothing was done. */
export function refusalProblem(region: RegionId, refusal: FenceRefusal, known: number): ProblemError {
  const notNow = refusedByFence(known);
  switch (refusal.reason) {
    case 'StaleEpoch': {
      const detail = `It was sent under epoch ${refusal.epoch}, which is over: ${region} knows epoch ${known}.`;
      return new ProblemError('stale-epoch', { detail }, { [HEADERS.epoch]: String(known) });
    }
    case 'EpochNotKnown': {
      const detail = `It was sent under epoch ${refusal.epoch}; ${region} knows no later one than ${refusal.known}.`;
      return new ProblemError('region-not-serving', { detail }, notNow);
    }
    case 'RegionNotWritable':
      return new ProblemError('region-not-writable', { detail: standingText(region, refusal, 'write') }, notNow);
    case 'RegionNotServing':
      return new ProblemError('region-not-serving', { detail: standingText(region, refusal, 'serve') }, notNow);
    case 'LeaseOver': {
      const { overSinceMs } = refusal;
      const since =
        overSinceMs === undefined ? 'has not been given one' : `it is over since ${Math.round(overSinceMs)} ms`;
      const detail = `The primary takes writes while it has a lease, and ${region} ${since}.`;
      return new ProblemError('region-not-writable', { detail }, notNow);
    }
  }
}

function standingText(region: RegionId, { state, mode, instead }: Standing, what: 'write' | 'serve'): string {
  const who = instead.length > 0 ? `${instead.join(', ')} may` : 'no region may';
  return `${region} is ${state ?? 'not in the table'} in mode ${mode} and may not ${what}; ${who}.`;
}

/** Between the start of a service and the first word of its control. */
export function notToldYet(region: RegionId, known: number): ProblemError {
  const detail = `The control of ${region} has not said yet who may serve.`;
  return new ProblemError('region-not-serving', { detail }, refusedByFence(known));
}
