/** As much as a produce request takes of a partition, and what rewriting may add. */
const SIZE_BYTES = 1_200_000;
const KEPT = 8;

/**
 * Buffers that are used again. A fresh one for every batch that is rewritten makes the garbage collector run every 32 MB, which
 * costs more CPU than the rewriting.
 */
export class ScratchBuffers {
  readonly #free: Uint8Array[] = [];

  /**
   * Runs `work` with a way to get room, which is its own until it is done. What work has taken that fails is not used again: who
   * gave up waiting for an acknowledgement does not know whether it is still being sent.
   */
  async with<T>(work: (room: (bytes: number) => Uint8Array) => Promise<T>): Promise<T> {
    const taken: Uint8Array[] = [];
    const room = (bytes: number) => {
      if (bytes > SIZE_BYTES) return new Uint8Array(bytes);
      const one = this.#free.pop() ?? new Uint8Array(SIZE_BYTES);
      taken.push(one);
      return one.subarray(0, bytes);
    };
    const done = await work(room);
    for (const one of taken) if (this.#free.length < KEPT) this.#free.push(one);
    return done;
  }
}
