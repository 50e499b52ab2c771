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

const WINDOW_S = 10;

export class RetryBudget {
  readonly #settings: RetryBudgetSettings;
  readonly #nowMs: () => number;
  readonly #requests = new Array<number>(WINDOW_S).fill(0);
  readonly #retries = new Array<number>(WINDOW_S).fill(0);
  #requestsInWindow = 0;
  #retriesInWindow = 0;
  #second: number;
  made = 0;
  refused = 0;

  constructor(settings: RetryBudgetSettings, nowMs: () => number) {
    this.#settings = settings;
    this.#nowMs = nowMs;
    this.#second = Math.floor(nowMs() / 1000);
  }

  countRequest(): void {
    const slot = this.#slot();
    this.#requests[slot] = (this.#requests[slot] ?? 0) + 1;
    this.#requestsInWindow++;
  }

  hasRoom(): boolean {
    this.#slot();
    const { ratio, floorPerSecond } = this.#settings;
    return this.#retriesInWindow < Math.max(floorPerSecond * WINDOW_S, ratio * this.#requestsInWindow);
  }

  /** Takes one repeat out of the budget; false when there is none left. */
  take(): boolean {
    if (!this.hasRoom()) {
      this.refused++;
      return false;
    }
    const slot = this.#slot();
    this.#retries[slot] = (this.#retries[slot] ?? 0) + 1;
    this.#retriesInWindow++;
    this.made++;
    return true;
  }

  /** The slot of this second; those of the seconds that have left the window are emptied on the way. */
  #slot(): number {
    const second = Math.floor(this.#nowMs() / 1000);
    for (let left = Math.min(second - this.#second, WINDOW_S); left > 0; left--) {
      const slot = (second - left + 1) % WINDOW_S;
      this.#requestsInWindow -= this.#requests[slot] ?? 0;
      this.#retriesInWindow -= this.#retries[slot] ?? 0;
      this.#requests[slot] = 0;
      this.#retries[slot] = 0;
    }
    if (second > this.#second) this.#second = second;
    return this.#second % WINDOW_S;
  }
}
