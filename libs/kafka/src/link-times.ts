import type { Arrival } from './answer-assembly.ts';

/** What the answers over one connection tell of its link. */
export class LinkTimes {
  readonly #answers: { readonly lastArrival: Arrival };
  #lastArrival: Arrival;
  #roundTripMs = Number.POSITIVE_INFINITY;

  constructor(answers: { readonly lastArrival: Arrival }) {
    this.#answers = answers;
    this.#lastArrival = answers.lastArrival;
  }

  /** The shortest time until an answer began to come: a round trip, and what a broker cannot hurry. How long all of it takes to come is not in it. */
  get roundTripMs(): number {
    return this.#roundTripMs;
  }

  /** Of the last answer. */
  get lastArrival(): Arrival {
    return this.#lastArrival;
  }

  /** What `ask` resolves with, which must send its question at once. */
  async of<T>(ask: () => Promise<T>): Promise<T> {
    const askedMs = performance.now();
    const answer = await ask();
    // kafkajs decodes on the side, and another answer may have come meanwhile: later, over the same link. So the round trip is not
    // taken for shorter than it is, and how quickly the answers came is the same.
    this.#lastArrival = this.#answers.lastArrival;
    this.#roundTripMs = Math.min(this.#roundTripMs, this.#lastArrival.beganAtMs - askedMs);
    return answer;
  }
}
