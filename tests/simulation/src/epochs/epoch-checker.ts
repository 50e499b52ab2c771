import type { Ballot } from '@meridian/epochs';
import { formatBallot } from '@meridian/epochs';

/** What must hold at every step, whatever is lost. */
export type EpochInvariant =
  | 'one winner'
  | 'a minority decides nothing'
  | 'a decision stands'
  | 'it ends after the heal';

export class EpochFinding extends Error {
  constructor(
    readonly invariant: EpochInvariant,
    what: string,
  ) {
    super(`${invariant}: ${what}`);
  }
}

/**
 * Sees all acceptors at once, which nobody in the system can: from what each has accepted it knows what is decided before
 * any proposer does, and judges what they say by that.
 */
export class EpochChecker {
  /** By epoch: what a majority has accepted under one ballot. */
  readonly decided = new Map<number, string>();
  readonly #accepted = new Map<string, Set<string>>();
  readonly #acceptors: number;

  constructor(acceptors: number) {
    this.#acceptors = acceptors;
  }

  accepted(epoch: number, acceptor: string, ballot: Ballot, value: string): void {
    const key = `${epoch} ${formatBallot(ballot)} ${value}`;
    const by = this.#accepted.get(key) ?? new Set();
    this.#accepted.set(key, by.add(acceptor));
    if (by.size * 2 <= this.#acceptors) return;
    const known = this.decided.get(epoch);
    if (known !== undefined && known !== value)
      throw new EpochFinding('one winner', `majorities accepted ${known} and ${value} in epoch ${epoch}`);
    this.decided.set(epoch, value);
  }

  /** A proposer answers that this is what the epoch is. */
  said(epoch: number, value: string): void {
    const known = this.decided.get(epoch);
    if (known === undefined)
      throw new EpochFinding('a minority decides nothing', `${value} is said to be decided in epoch ${epoch}`);
    if (known !== value)
      throw new EpochFinding('one winner', `${value} is said to have won epoch ${epoch}, and ${known} did`);
  }

  /** An acceptor notes a decision over what it had noted before. */
  noted(epoch: number, before: string | undefined, value: string): void {
    if (before !== undefined && before !== value)
      throw new EpochFinding('a decision stands', `epoch ${epoch} was ${before} and is now ${value}`);
  }
}
