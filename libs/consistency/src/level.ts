/**
 * - `eventual`: whatever this region knows now.
 * - `session`: never behind what the token says its session has made or seen.
 * - `strong`: `session`, and at the home region of the aggregate, where all that asks for `strong` meets.
 */
export const CONSISTENCY_LEVELS = ['eventual', 'session', 'strong'] as const;
export type ConsistencyLevel = (typeof CONSISTENCY_LEVELS)[number];

/** A token without a level asks to be heeded. */
export function parseLevel(
  text: string | undefined,
  hasToken: boolean,
): { ok: true; level: ConsistencyLevel } | { ok: false; reason: 'UnknownLevel' } {
  if (text === undefined) return { ok: true, level: hasToken ? 'session' : 'eventual' };
  const level = CONSISTENCY_LEVELS.find((known) => known === text.trim().toLowerCase());
  return level ? { ok: true, level } : { ok: false, reason: 'UnknownLevel' };
}
