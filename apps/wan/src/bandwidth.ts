/**
 * The capacity of one direction of a link, shared by all its connections: a token bucket without a burst, kept as the
 * moment at which the wire will be free. Bytes leave one after the other, so what is offered faster than the rate queues.
 */
export class Bandwidth {
  #bytesPerMs: number;
  #freeAtMs = Number.NEGATIVE_INFINITY;

  /** 0 Mbit/s means unlimited. */
  constructor(mbps: number) {
    this.#bytesPerMs = bytesPerMs(mbps);
  }

  /** The moment at which the last of `bytes` has left, when they are offered at `nowMs`. */
  reserve(bytes: number, nowMs: number): number {
    if (this.#bytesPerMs === Number.POSITIVE_INFINITY) return nowMs;
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + bytes / this.#bytesPerMs;
    return this.#freeAtMs;
  }

  /** From now on; what is reserved already keeps its moment. */
  setMbps(mbps: number): void {
    this.#bytesPerMs = bytesPerMs(mbps);
  }
}

/** 1 Mbit/s is 125 bytes per millisecond. */
export function bytesPerMs(mbps: number): number {
  return mbps === 0 ? Number.POSITIVE_INFINITY : mbps * 125;
}
