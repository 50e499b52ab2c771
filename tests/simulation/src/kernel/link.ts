import type { Kernel } from './kernel.ts';
import type { Randomness } from './randomness.ts';

/** Half of the slowest retransmission of TCP at these round trips: what a lost segment costs. */
const RETRANSMISSION_MS = 200;

/**
 * One direction between two regions. What is sent arrives later, much later when a segment was lost, or never while it is
 * cut; two messages can overtake each other, as they may lie in different connections.
 */
export class Link {
  readonly from: string;
  readonly to: string;
  /** As many as there are faults that cut it. */
  cuts = 0;
  /** Probability that a segment is lost, which TCP repairs. */
  loss = 0;
  extraDelayMs = 0;
  readonly #kernel: Kernel;
  readonly #random: Randomness;
  readonly #delayMs: number;

  constructor(kernel: Kernel, from: string, to: string, delayMs: number) {
    this.from = from;
    this.to = to;
    this.#kernel = kernel;
    this.#random = kernel.randomOf(`link ${from} ${to}`);
    this.#delayMs = delayMs;
  }

  get isCut(): boolean {
    return this.cuts > 0;
  }

  /** What is under way when the link is cut is lost with it. */
  send(arrive: () => void): void {
    if (this.isCut) return;
    this.#kernel.after(this.nextDelayMs(), () => {
      if (!this.isCut) arrive();
    });
  }

  nextDelayMs(): number {
    const lost = this.#random.chance(this.loss) ? RETRANSMISSION_MS * this.#random.between(1, 3) : 0;
    return this.#delayMs * (1 + this.#random.next() / 4) + this.extraDelayMs + lost;
  }
}
