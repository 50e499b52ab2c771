import type { Kernel } from './kernel.ts';

/** Where virtual time 0 lies, in milliseconds since 1970. */
export const EPOCH_MS = 1_793_000_000_000;

/** A region's wall clock: wrong by some time, and by another one after it has jumped. */
export class WallClock {
  skewMs = 0;
  /** The latest time that it has shown. */
  latestMs = 0;
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  readMs(): number {
    const nowMs = EPOCH_MS + Math.floor(this.#kernel.nowMs) + this.skewMs;
    this.latestMs = Math.max(this.latestMs, nowMs);
    return nowMs;
  }
}
