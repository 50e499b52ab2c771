import type { ProblemName } from '@meridian/contracts';
import type { RegionId } from '@meridian/regions';
import type { NoAnswer } from './attempt.ts';

const RETRY_AFTER_S = '1';
const PASSES = new Set<ProblemName>(['region-unavailable', 'region-not-writable', 'region-not-serving', 'overloaded']);

/** For what passes by itself, when to come again. */
export function comeAgain(name: ProblemName): Record<string, string> {
  return PASSES.has(name) ? { 'retry-after': RETRY_AFTER_S } : {};
}

export interface Refused {
  region: RegionId;
  repeatable: boolean;
  /** Whether an Idempotency-Key would have made it repeatable. */
  keyWouldHelp: boolean;
}

/** What a client is told when no region has answered: whether the request may have taken effect, as far as is known. */
export function refusalOf(
  { kind, why }: NoAnswer,
  { region, repeatable, keyWouldHelp }: Refused,
): { name: ProblemName; detail: string } {
  const withKey = keyWouldHelp ? ' (an Idempotency-Key makes it safe)' : '';
  const after = repeatable
    ? ''
    : ` It was not repeated elsewhere, as doing it twice could have an effect twice${withKey}.`;
  if (kind === 'unsendable') return { name: 'malformed-request', detail: `The request cannot be passed on: ${why}.` };
  if (kind === 'timeout') return { name: 'upstream-timeout', detail: `${region}: ${why}.${after}` };
  if (kind === 'lost' && !repeatable) {
    const unknown = `${region}: ${why}, so it is not known whether the request took effect.`;
    return { name: 'upstream-error', detail: `${unknown}${after}` };
  }
  return { name: 'region-unavailable', detail: `${region}: ${why}.` };
}
