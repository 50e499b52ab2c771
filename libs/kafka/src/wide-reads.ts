/**
 * Who of a process reads more at a time than others. A reader is given one answer per round trip, so over a distance the size
 * of an answer is what limits a backlog: 4 MiB over 237 ms is 17 MB/s. But each byte under way is also one in memory, and all
 * readers of a process may have a backlog at the same time, as after a long outage. So those that need it may have twice as
 * much, and of those only so many at once.
 */
export class WideReads {
  readonly #most: number;
  readonly #wide = new Set<object>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether `reader` may have twice as much from now on, given whether it needs it now. */
  judge(reader: object, needsIt: boolean): boolean {
    if (!needsIt) this.#wide.delete(reader);
    else if (this.#wide.size < this.#most) this.#wide.add(reader);
    return this.#wide.has(reader);
  }
}
