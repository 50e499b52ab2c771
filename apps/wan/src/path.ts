import { Bandwidth } from './bandwidth.ts';
import { type LinkSettings, windowBytes } from './link-settings.ts';

/** One direction of a link, shared by all its connections: when what enters it arrives, and how much has arrived. */
export class Path {
  #settings: LinkSettings;
  readonly #bandwidth: Bandwidth;
  readonly #random: () => number;
  #windowBytes: number;
  #crossedBytes = 0;

  constructor(settings: LinkSettings, random: () => number) {
    this.#settings = settings;
    this.#random = random;
    this.#bandwidth = new Bandwidth(settings.bandwidthMbps);
    this.#windowBytes = windowBytes(settings);
  }

  configure(settings: LinkSettings): void {
    this.#settings = settings;
    this.#bandwidth.setMbps(settings.bandwidthMbps);
    this.#windowBytes = windowBytes(settings);
  }

  /** When a segment that is sent now arrives. Takes its share of the bandwidth. */
  arrivalMs(bytes: number, nowMs: number): number {
    const { delayMs, jitterMs } = this.#settings;
    return this.#bandwidth.reserve(bytes, nowMs) + delayMs + (jitterMs === 0 ? 0 : jitterMs * this.#random());
  }

  /** Whether the path adds nothing, so that bytes need not be queued. */
  get addsNothing(): boolean {
    const { delayMs, jitterMs, bandwidthMbps } = this.#settings;
    return delayMs === 0 && jitterMs === 0 && bandwidthMbps === 0;
  }

  /** See `windowBytes`. */
  get windowBytes(): number {
    return this.#windowBytes;
  }

  /** The meter: bytes handed to the far side. What is still on the way, or held by a fault, has not crossed. */
  get crossedBytes(): number {
    return this.#crossedBytes;
  }

  countCrossed(bytes: number): void {
    this.#crossedBytes += bytes;
  }
}
