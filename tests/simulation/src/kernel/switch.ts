/** Off as long as anything holds it off: of two outages that overlap, the later end counts. */
export class Switch {
  #holds = 0;
  readonly #off: () => void;
  readonly #on: () => void;

  constructor(off: () => void, on: () => void) {
    this.#off = off;
    this.#on = on;
  }

  /** Holds it off until what is returned is called. */
  hold(): () => void {
    this.#holds += 1;
    if (this.#holds === 1) this.#off();
    return () => {
      this.#holds -= 1;
      if (this.#holds === 0) this.#on();
    };
  }
}
