import type { RegionId } from '@meridian/regions';
import type { Outcome } from '@meridian/test-harness';

/** One write of one field, as its client knows it. Times are of the one clock of the test. */
export interface Edit {
  region: RegionId;
  /** What is edited: aggregate and field. */
  register: string;
  /** Different for every edit. */
  value: string;
  outcome: Outcome;
  /** In words, where it was not acknowledged. */
  why?: string;
  startedAtMs: number;
  endedAtMs: number;
}

/**
 * What a register may hold when all edits have reached it. A client does not see the clock readings that decide between
 * regions, but it knows this much: in one region an edit that began after another one was acknowledged is the later one.
 * So an edit may stand in the end unless its own region acknowledged a later one; and something must stand if anything
 * was acknowledged. Whatever else is held was lost, made up or taken back.
 */
export function possibleValues(edits: readonly Edit[]): Set<string> {
  const sent = edits.filter((e) => e.outcome !== 'fail');
  const isReplaced = (edit: Edit) =>
    edits.some((later) => later.outcome === 'ok' && later.region === edit.region && later.startedAtMs > edit.endedAtMs);
  return new Set(sent.filter((edit) => !isReplaced(edit)).map((edit) => edit.value));
}

/** `held` is the value of each register; one sentence for each that cannot have come from the edits. */
export function judgeRegisters(edits: readonly Edit[], held: ReadonlyMap<string, string>): string[] {
  const byRegister = Map.groupBy(edits, (e) => e.register);
  return [...byRegister].flatMap(([register, mine]) => {
    if (!mine.some((e) => e.outcome === 'ok')) return [];
    const possible = possibleValues(mine);
    const value = held.get(register);
    if (value !== undefined && possible.has(value)) return [];
    return [`${register} is ${value ?? 'nowhere'}, and can only be ${[...possible].join(' or ')}`];
  });
}
