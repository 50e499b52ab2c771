const WINDOW_S = 10;

/** How many in the last ten seconds, in slots of one second; costs no timer and no memory per event. */
export class SlidingCount {
  readonly #nowMs: () => number;
  readonly #slots = new Array<number>(WINDOW_S).fill(0);
  #total = 0;
  #second: number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#second = Math.floor(nowMs() / 1000);
  }

  static readonly windowS = WINDOW_S;

  get total(): number {
    this.#advance();
    return this.#total;
  }

  add(): void {
    const slot = this.#advance();
    this.#slots[slot] = (this.#slots[slot] ?? 0) + 1;
    this.#total++;
  }

  clear(): void {
    this.#slots.fill(0);
    this.#total = 0;
  }

  /** The slot of this second; those of the seconds that have left the window are emptied on the way. */
  #advance(): number {
    const second = Math.floor(this.#nowMs() / 1000);
    for (let left = Math.min(second - this.#second, WINDOW_S); left > 0; left--) {
      const slot = (second - left + 1) % WINDOW_S;
      this.#total -= this.#slots[slot] ?? 0;
      this.#slots[slot] = 0;
    }
    if (second > this.#second) this.#second = second;
    return this.#second % WINDOW_S;
  }
}
