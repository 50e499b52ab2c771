import type { ConcurrencyLimit } from './concurrency-limit.ts';

/**
 * How much the edge takes on at a time. Beyond what the regions can do, each further request only makes all of them wait;
 * it is better told at once to come again. Reads are turned away first: a read that fails is asked again, a sale is gone.
 */
export interface LoadLimits {
  /** Requests in flight in this edge. */
  maxInFlight: number;
  /** The part of them that reads may fill. */
  readsPart: number;
  /**
   * Requests in flight at one service of one region; what is beyond goes to the next region that has room. This is the most:
   * when answers are late it is less, see `ConcurrencyLimit`.
   */
  maxInFlightPerUpstream: number;
  /** An answer that takes longer is a sign of too many requests in flight. */
  slowMs: number;
}

export class LoadShedder {
  readonly #limits: LoadLimits;
  readonly shed = { read: 0, write: 0 };

  constructor(limits: LoadLimits) {
    this.#limits = limits;
  }

  /** Whether one more may come in while so many are in flight. */
  admits(kind: 'read' | 'write', inFlight: number): boolean {
    const { maxInFlight, readsPart } = this.#limits;
    if (inFlight < (kind === 'read' ? maxInFlight * readsPart : maxInFlight)) return true;
    this.shed[kind]++;
    return false;
  }

  hasRoom({ inFlight, limit }: { inFlight: number; limit: ConcurrencyLimit }): boolean {
    return inFlight < limit.current;
  }

  /** Nobody had room. */
  count(kind: 'read' | 'write'): void {
    this.shed[kind]++;
  }
}
