import { SlidingCount } from './sliding-count.ts';

/**
 * When an upstream that answers is put out all the same, because too many of its answers are errors. Probes ask whether a
 * service could serve; this looks at whether it does. A service that fails one request in two passes every probe.
 *
 * It is out for a time that doubles with each time, and comes back by itself: without requests nobody could see that it
 * is well again. At most a part of the regions may be out in this way: when all of them fail, the fault is not in one
 * region, and to crowd all requests into the one that fails least makes it the next to go.
 */
export interface OutlierSettings {
  /** Share of the answers of the last 10 s that must be errors. */
  failureRatio: number;
  /** Fewer answers than this in 10 s say nothing. */
  minRequests: number;
  /** How long the first ejection lasts; each one soon after lasts twice as long, up to the longest. */
  baseMs: number;
  longestMs: number;
  /** Share of the regions that may be out in doubt at a time, for one service; one region may always be. */
  largestPart: number;
}

export type Ejection = { untilMs: number; ratio: number };

export class Outlier {
  readonly #settings: OutlierSettings;
  readonly #nowMs: () => number;
  readonly #requests: SlidingCount;
  readonly #failures: SlidingCount;
  #ejection: Ejection | undefined;
  #inARow = 0;
  ejections = 0;

  constructor(settings: OutlierSettings, nowMs: () => number) {
    this.#settings = settings;
    this.#nowMs = nowMs;
    this.#requests = new SlidingCount(nowMs);
    this.#failures = new SlidingCount(nowMs);
  }

  /** While it is out. */
  get ejection(): Ejection | undefined {
    return this.#ejection && this.#nowMs() < this.#ejection.untilMs ? this.#ejection : undefined;
  }

  /** Whether this outcome makes it one that should be out. */
  count(failed: boolean): boolean {
    this.#requests.add();
    if (!failed) return false;
    this.#failures.add();
    const { total } = this.#requests;
    const { minRequests, failureRatio } = this.#settings;
    return !this.ejection && total >= minRequests && this.#failures.total >= failureRatio * total;
  }

  eject(): Ejection {
    const nowMs = this.#nowMs();
    const { baseMs, longestMs } = this.#settings;
    // Well for as long as it could have been out at most: what was before does not count any more.
    const recently = this.#ejection !== undefined && nowMs - this.#ejection.untilMs < longestMs;
    this.#inARow = recently ? this.#inARow + 1 : 1;
    this.ejections++;
    const ratio = this.#failures.total / Math.max(1, this.#requests.total);
    this.#ejection = { untilMs: nowMs + Math.min(longestMs, baseMs * 2 ** (this.#inARow - 1)), ratio };
    this.#requests.clear();
    this.#failures.clear();
    return this.#ejection;
  }
}

export function whyEjected({ ratio }: Ejection): string {
  return `${Math.round(ratio * 100)} % of its answers were errors`;
}

/**
 * Whether an answer speaks against the region that gave it. A 503 that says when to come back is a refusal by a service
 * that knows what it does (a consistency that cannot be given, a region that may not write); a 504 speaks of whom it
 * waited for.
 */
export function isFailure(status: number, retryAfter: string | undefined): boolean {
  return status >= 500 && status !== 501 && status !== 504 && !(status === 503 && retryAfter !== undefined);
}
