/**
 * How many requests may be in flight at one service of one region, found out from how long they take. A fixed limit is
 * either one that a slow day exceeds or one that a fast day wastes: what a region can do at a time is its rate times its
 * latency (Little's law), and both change. Without a limit a region that is asked for more than it can do answers
 * nobody: its queue grows until each answer comes after its client has given up, and the work is done all the same.
 *
 * While most answers of a short window are in time and the limit was in use, it grows by a tenth; when most are late, it is
 * half of what was really in flight. Most, not one: a request that waits for another region says nothing of this one's
 * queue. And what was sent before the last change says nothing of whether that change was enough. Like the limits of TCP and
 * of Netflix's concurrency-limits it falls faster than it grows; unlike AIMD it does not share with other edges evenly.
 */
export interface ConcurrencyLimitSettings {
  least: number;
  most: number;
  /** An answer that takes longer is late; so is one that never came. */
  slowMs: number;
  windowMs: number;
}

/** With fewer answers a window goes on. */
const MIN_ANSWERS = 8;
const LESS = 0.5;
const MORE = 1.1;
/**
 * What was learned in a rush is forgotten so long after the last window that was late: it was of that rush. In an overload
 * that lasts, windows are late more often than that, as the limit grows until they are.
 */
const FORGOTTEN_AFTER_MS = 10_000;
/** A limit that nobody came near says nothing of whether more would be too much. */
const IN_USE = 0.8;

export class ConcurrencyLimit {
  readonly #settings: ConcurrencyLimitSettings;
  readonly #nowMs: () => number;
  #limit: number;
  #changedMs = Number.NEGATIVE_INFINITY;
  #lateMs = Number.NEGATIVE_INFINITY;
  #window: { beganMs: number; answers: number; late: number; peak: number };

  constructor(settings: ConcurrencyLimitSettings, nowMs: () => number) {
    this.#settings = settings;
    this.#nowMs = nowMs;
    this.#limit = settings.most;
    this.#window = this.#newWindow();
  }

  get current(): number {
    if (this.#limit < this.#settings.most && this.#nowMs() - this.#lateMs > FORGOTTEN_AFTER_MS)
      this.#set(this.#settings.most);
    return Math.floor(this.#limit);
  }

  /** Nobody waits for the answer any more: whether it would have been late is known only when it is. */
  noteGivenUp(tookMs: number, inFlight: number): void {
    if (tookMs > this.#settings.slowMs) this.note(tookMs, inFlight);
  }

  /** An answer, or the end of the wait for one, after `tookMs`, while so many, itself included, were in flight. */
  note(tookMs: number, inFlight: number): void {
    const window = this.#window;
    const nowMs = this.#nowMs();
    window.peak = Math.max(window.peak, inFlight);
    if (nowMs - tookMs < this.#changedMs) return;
    window.answers++;
    if (tookMs > this.#settings.slowMs) window.late++;
    const { least, most, windowMs } = this.#settings;
    if (window.answers < MIN_ANSWERS || nowMs - window.beganMs < windowMs) return;
    if (window.late * 2 > window.answers) {
      this.#lateMs = nowMs;
      this.#set(Math.max(least, Math.min(this.#limit, window.peak) * LESS));
    } else if (window.peak >= this.#limit * IN_USE) this.#set(Math.min(most, this.#limit * MORE));
    this.#window = this.#newWindow();
  }

  #set(limit: number): void {
    this.#limit = limit;
    this.#changedMs = this.#nowMs();
  }

  #newWindow() {
    return { beganMs: this.#nowMs(), answers: 0, late: 0, peak: 0 };
  }
}
