import { AsyncLocalStorage } from 'node:async_hooks';
import type { WrittenFor } from '@meridian/outbox';

const current = new AsyncLocalStorage<WrittenFor>();

/**
 * Says on whose behalf everything is written that `work` writes. Around the work and not handed through it, so that a
 * store need not know who calls it; what nobody says it of is a client's, and is fenced as such.
 *
 * `region`: it is owed whatever is decided about traffic, and would be wrong to leave undone: joining what other regions
 * told, giving units or money back, telling once more what was told before.
 */
export function writeFor<T>(whom: WrittenFor, work: () => T): T {
  return current.run(whom, work);
}

export function writtenFor(): WrittenFor {
  return current.getStore() ?? 'client';
}
