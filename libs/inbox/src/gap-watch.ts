import type { Gap } from './missing-sequences.ts';

/**
 * Says of a gap once that it is old. One that is partly filled falls into two, and one that grows old beside another is
 * new, so it remembers what it has said by sequence and not by gap.
 */
export class GapWatch {
  readonly #olderThanMs: number;
  #said: Gap[] = [];

  constructor(olderThanMs: number) {
    this.#olderThanMs = olderThanMs;
  }

  /** Of all the gaps there are, those to be said now. */
  toSay(gaps: readonly Gap[], nowMs: number): Gap[] {
    const old = gaps.filter(({ openSince }) => nowMs - openSince.getTime() >= this.#olderThanMs);
    const isNew = old.filter((gap) => !this.#said.some((said) => isWithin(gap, said)));
    this.#said = old;
    return isNew;
  }
}

function isWithin(gap: Gap, { source, firstSequence, lastSequence }: Gap): boolean {
  return gap.source === source && gap.firstSequence >= firstSequence && gap.lastSequence <= lastSequence;
}
