/** Smaller answers are left to the garbage collector, which does not run for them alone. */
const LARGE_BYTES = 64 * 1024;
/** Buffers are made in multiples of this, so that answers of about one size fit into each other's. What is not written to takes no memory. */
const STEP_BYTES = 256 * 1024;
/** An answer that waits for its turn must not hold much more than it takes. */
const MOST_TIMES_TOO_LARGE = 4;

/**
 * The buffers of large answers, used again once they are given back. Fresh ones lie outside of the heap, and V8 runs its garbage
 * collector for every 32 MB of those: that took a third of the CPU of a replicator at full speed.
 *
 * A buffer belongs to whoever took it, until that one gives it back; who cannot say that nobody reads or sends its bytes any
 * more (after a failure, at the end of a connection) does not, and it is garbage like any other. So nothing here has to be
 * told of what was lost, and what was lost is never used again.
 */
export class AnswerBuffers {
  readonly #mostKeptBytes: number;
  #free: ArrayBuffer[] = [];
  #freeBytes = 0;
  readonly #taken = new WeakSet<ArrayBufferLike>();

  /** `mostKeptBytes`: of buffers that wait to be used again. */
  constructor(mostKeptBytes: number) {
    this.#mostKeptBytes = mostKeptBytes;
  }

  /** A buffer of this length, whatever it holds. */
  take(bytes: number): Buffer {
    if (bytes < LARGE_BYTES) return Buffer.allocUnsafe(bytes);
    const found = this.#bestFor(bytes) ?? new ArrayBuffer(Math.ceil(bytes / STEP_BYTES) * STEP_BYTES);
    this.#taken.add(found);
    return Buffer.from(found, 0, bytes);
  }

  /** Takes back the buffer of which this is a view. Nobody may read or write its bytes from now on. */
  giveBack({ buffer }: Buffer): void {
    // Small ones are not from here, and one that is free must not become two.
    if (!this.#taken.delete(buffer)) return;
    // It could not stay, and all others would have to go for it.
    if (buffer.byteLength > this.#mostKeptBytes) return;
    this.#free.push(buffer as ArrayBuffer);
    this.#freeBytes += buffer.byteLength;
    while (this.#freeBytes > this.#mostKeptBytes) this.#freeBytes -= (this.#free.shift() as ArrayBuffer).byteLength;
  }

  #bestFor(bytes: number): ArrayBuffer | undefined {
    let best: ArrayBuffer | undefined;
    for (const one of this.#free) {
      const fits = one.byteLength >= bytes && one.byteLength <= MOST_TIMES_TOO_LARGE * Math.max(bytes, STEP_BYTES);
      if (fits && one.byteLength < (best?.byteLength ?? Number.POSITIVE_INFINITY)) best = one;
    }
    if (!best) return undefined;
    this.#free.splice(this.#free.indexOf(best), 1);
    this.#freeBytes -= best.byteLength;
    return best;
  }
}

/** For all connections of the process: four answers of the usual 4 MiB. */
export const answerBuffers = new AnswerBuffers(17 * 1024 * 1024);
