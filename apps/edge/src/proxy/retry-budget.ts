import { SlidingCount } from '../traffic/sliding-count.ts';

/**
 * How many requests may be repeated in another region. When a region dies, a retry saves the request; when all of them
 * are slow, retries are what keeps them slow. So repeats are held to a share of the requests of the last seconds, with a
 * small floor so that a quiet edge can still repeat its only request.
 */
export interface RetryBudgetSettings {
  /** Repeats per request: 0.2 means at most a fifth more load. */
  ratio: number;
  /** Repeats per second that are always allowed. */
  floorPerSecond: number;
}

export class RetryBudget {
  readonly #settings: RetryBudgetSettings;
  readonly #requests: SlidingCount;
  readonly #retries: SlidingCount;
  made = 0;
  refused = 0;

  constructor(settings: RetryBudgetSettings, nowMs: () => number) {
    this.#settings = settings;
    this.#requests = new SlidingCount(nowMs);
    this.#retries = new SlidingCount(nowMs);
  }

  countRequest(): void {
    this.#requests.add();
  }

  hasRoom(): boolean {
    const { ratio, floorPerSecond } = this.#settings;
    return this.#retries.total < Math.max(floorPerSecond * SlidingCount.windowS, ratio * this.#requests.total);
  }

  /** Takes one repeat out of the budget; false when there is none left. */
  take(): boolean {
    if (!this.hasRoom()) {
      this.refused++;
      return false;
    }
    this.#retries.add();
    this.made++;
    return true;
  }
}
