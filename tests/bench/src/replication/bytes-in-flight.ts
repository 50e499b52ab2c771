import { pause } from '@meridian/test-harness';
import type { ReplicationStage } from './replication-stage.ts';

/** The meter belongs to the process that forwards the bytes. */
const LOOK_EVERY_MS = 15;

/** What a link's meter showed at a moment. */
export interface Crossed {
  atMs: number;
  bytes: number;
}

/** Reads the link's meter while `work` runs. */
export async function watchingLink<T>(
  { wireBytes }: Pick<ReplicationStage, 'wireBytes'>,
  work: () => Promise<T>,
): Promise<{ result: T; crossed: Crossed[] }> {
  const crossed: Crossed[] = [];
  let isDone = false;
  const look = async () => {
    const bytes = await wireBytes();
    crossed.push({ atMs: performance.now(), bytes });
  };
  const watching = (async () => {
    for (; !isDone; await pause(LOOK_EVERY_MS)) await look();
    await look();
  })();
  const working = work().finally(() => {
    isDone = true;
  });
  const [result] = await Promise.all([working, watching]);
  return { result, crossed };
}

/**
 * What was in flight at most: the bytes that crossed in some round trip, as what arrives within one had been asked for when
 * it began. Between two looks a meter is taken to have gone up evenly.
 *
 * Measured and not read from an engine's settings: those would have to be told of every engine and every change to it, and
 * one that was forgotten would make the bound too low. The most and not the mean, which is the rate itself under another
 * name: any engine would keep to it. And what crossed, not what is held by the link at once, as that is never more than the
 * link's own window.
 *
 * Limit: an engine that asks for less at once, or that is slow but never pauses, is held against less, the latter against its
 * own rate. That it is slower then is for the goal beside another engine to say.
 */
export function mostWithin(windowMs: number, crossed: readonly Crossed[]): number {
  let most = 0;
  let at = 0;
  for (const { atMs, bytes } of crossed) {
    while ((crossed[at + 1]?.atMs ?? Infinity) <= atMs - windowMs) at += 1;
    const [from, to] = [crossed[at] as Crossed, crossed[at + 1]];
    const share = to ? Math.max(0, (atMs - windowMs - from.atMs) / (to.atMs - from.atMs)) : 0;
    most = Math.max(most, bytes - from.bytes - share * ((to?.bytes ?? from.bytes) - from.bytes));
  }
  return most;
}
