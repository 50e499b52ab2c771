import type { RegionId } from '@meridian/regions';
import { type Difference, type HeldStates, type Look, lookAt, type RegionDigest } from './find-differences.ts';

export interface Verdict {
  digests: RegionDigest[];
  /** Aggregates that differ although the regions had time to tell each other. */
  differences: Difference[];
  /** Aggregates that were being written for as long as was looked: of these nothing is known. */
  unsettled: string[];
}

export interface Patience {
  /** How long writes may be on their way. */
  withinMs: number;
  everyMs: number;
  nowMs(): number;
  pause(ms: number): Promise<unknown>;
}

/** A look reads every row of every region, and clients are served beside it: it may have a third of the time. */
const AT_REST = 2;

/**
 * Looks until nothing differs, or until `withinMs` is over. A region that is written to always differs from the others:
 * what was written here a moment ago is on its way there. So an aggregate is named only when it stood still: when two
 * regions hold unequal states of it and both have held them for half of that time at least. The writes that these states
 * are made of had that long to arrive, and did not.
 */
export async function settledDifferences(held: HeldStates, patience: Patience): Promise<Verdict> {
  const startedMs = patience.nowMs();
  let before: Look = { digests: [], differences: [] };
  for (;;) {
    const lookedMs = patience.nowMs();
    const last = await lookAt(held);
    const tookMs = patience.nowMs() - lookedMs;
    const isOver = patience.nowMs() - startedMs >= patience.withinMs;
    if (last.differences.length === 0 || isOver) return judge(before, last);
    if (before.digests.length === 0 || patience.nowMs() - startedMs < patience.withinMs / 2) before = last;
    await patience.pause(Math.max(patience.everyMs, tookMs * AT_REST));
  }
}

function judge(before: Look, { digests, differences }: Look): Verdict {
  const earlier = new Map(before.differences.map((difference) => [difference.id, difference]));
  const settled = differences.filter((difference) => stoodStill(earlier.get(difference.id), difference));
  const named = new Set(settled.map(({ id }) => id));
  const unsettled = differences.map(({ id }) => id).filter((id) => !named.has(id));
  return { digests, differences: settled, unsettled };
}

function stoodStill(before: Difference | undefined, { states }: Difference): boolean {
  if (!before) return false;
  const still = Object.keys(states).filter((region: RegionId) => {
    return before.states[region]?.digest === states[region]?.digest;
  });
  return new Set(still.map((region) => states[region]?.digest)).size > 1;
}
