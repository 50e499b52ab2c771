import { setTimeout as pause } from 'node:timers/promises';
import { createBackoff } from './pauses.ts';

/** A topic that was just made has its leaders some milliseconds later, a cluster that has just come up some hundred. */
const LOOK_AGAIN_FIRST_MS = 5;
const LOOK_AGAIN_LONGEST_MS = 50;

/**
 * Asks again while every reason of the refusal is one that passes by itself, as in a cluster that has just come up: it answers
 * before it has decided who leads what. After `withinMs` the last refusal is thrown, as is any other at once.
 */
export async function whilePassing<T>(
  passing: ReadonlySet<string>,
  withinMs: number,
  attempt: () => Promise<T>,
): Promise<T> {
  const beganMs = performance.now();
  const backoff = createBackoff(LOOK_AGAIN_FIRST_MS, LOOK_AGAIN_LONGEST_MS);
  for (;;) {
    try {
      return await attempt();
    } catch (failure) {
      const reasons = reasonsOf(failure);
      const passes = reasons.length > 0 && reasons.every((reason) => passing.has(reason));
      if (!passes || performance.now() - beganMs > withinMs) throw failure;
      await pause(backoff.nextMs());
    }
  }
}

/** The broker's names for what was wrong. kafkajs wraps what it has tried to better in vain, and puts what topics were refused for together. */
function reasonsOf(failure: unknown): string[] {
  const { type, errors, cause } = (failure ?? {}) as { type?: unknown; errors?: unknown; cause?: unknown };
  if (typeof type === 'string') return [type];
  if (Array.isArray(errors)) return errors.flatMap(reasonsOf);
  return cause === undefined ? [] : reasonsOf(cause);
}
