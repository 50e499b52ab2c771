import type { Answer, Outcome } from '@meridian/test-harness';

/** What a client knows after an answer: done, refused for good, or (5xx) nobody can say. */
export function outcomeOf({ status, body }: Answer): { outcome: Outcome; why: string | undefined } {
  const outcome = status < 300 ? 'ok' : status < 500 ? 'fail' : 'info';
  return { outcome, why: outcome === 'ok' ? undefined : `${status} ${body?.type ?? ''} ${body?.detail ?? ''}`.trim() };
}

/** What it knows when no answer came. */
export function brokenOff(failure: unknown): { outcome: Outcome; why: string } {
  return { outcome: 'info', why: failure instanceof Error ? failure.message : String(failure) };
}
