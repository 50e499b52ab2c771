import { type Edit, lastEdits } from './edit.ts';

/**
 * Last writer wins: of what was acknowledged something must stand, and only an edit that may have been its region's last.
 * Every edit has a value of its own, or one that many have. `held` is the value of each register; one sentence for each
 * that cannot have come from the edits: it was lost, made up or taken back.
 */
export function judgeRegisters(edits: readonly Edit<string>[], held: ReadonlyMap<string, string>): string[] {
  return [...Map.groupBy(edits, (e) => e.register)].flatMap(([register, mine]) => {
    if (!mine.some((e) => e.outcome === 'ok')) return [];
    const possible = new Set(lastEdits(mine).map((e) => e.value));
    const value = held.get(register);
    if (value !== undefined && possible.has(value)) return [];
    return [`${register} is ${value ?? 'nowhere'}, and can only be ${[...possible].join(' or ')}`];
  });
}
