import type { RegionId } from '@meridian/regions';
import type { Outcome } from '@meridian/test-harness';

/** One write of one field, as its client knows it. Times are of the one clock of the test. */
export interface Edit<Value = unknown> {
  /** That acknowledged it; without an answer, the one that the client is nearest to. */
  region: RegionId;
  /** What is edited: aggregate and field. */
  register: string;
  value: Value;
  outcome: Outcome;
  /** In words, where it was not acknowledged. */
  why?: string | undefined;
  /** Times that it was told to come again before. */
  putOff: number;
  /** Of the last try: what was told to come again was not begun. */
  startedAtMs: number;
  endedAtMs: number;
}

/**
 * The edits of which one may be the last that its region took. A client does not see clock readings, but it knows this
 * much: in one region an edit that began after another one was acknowledged is the later one. One without an answer may
 * take effect at any time, also after all others, and none was refused that took effect.
 */
export function lastEdits<Value>(edits: readonly Edit<Value>[]): Edit<Value>[] {
  const acknowledged = edits.filter((e) => e.outcome === 'ok');
  const isReplaced = (edit: Edit<Value>) =>
    edit.outcome === 'ok' &&
    acknowledged.some((later) => later.region === edit.region && later.startedAtMs > edit.endedAtMs);
  return edits.filter((edit) => edit.outcome !== 'fail' && !isReplaced(edit));
}

/**
 * By region that acknowledged something, the edits of which one was its last while it heard of no other region. One
 * without an answer is among those of each, as its client does not know where it went.
 */
export function lastEditsByRegion<Value>(edits: readonly Edit<Value>[]): Map<RegionId, Edit<Value>[]> {
  const last = lastEdits(edits);
  const unknown = last.filter((e) => e.outcome === 'info');
  const known = last.filter((e) => e.outcome === 'ok');
  return new Map([...Map.groupBy(known, (e) => e.region)].map(([region, mine]) => [region, [...mine, ...unknown]]));
}
