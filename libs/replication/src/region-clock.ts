import { createHlcClock, type Hlc, type HlcClock } from '@meridian/hlc';
import { currentSampledTraceId } from '@meridian/telemetry';

export interface RegionClockOptions {
  region: string;
  /** The greatest reading in the database: what is written now must be later than all that was written before. */
  from?: Hlc;
  wallClockMs?: () => number;
}

/**
 * The clock of a service in its region: readings that order writes, and the time of day for people. There is one process
 * per service and region: two would share the region's readings, and one reading could stand for two writes.
 */
export class RegionClock {
  readonly region: string;
  readonly wallClockMs: () => number;
  private readonly clock: HlcClock;

  constructor({ region, from, wallClockMs = Date.now }: RegionClockOptions) {
    this.region = region;
    this.wallClockMs = wallClockMs;
    this.clock = createHlcClock({ region, wallClockMs, from });
  }

  /**
   * When and where a decision is made now, and in which trace, if that is recorded. `after` is the latest reading in what
   * the decision changes.
   */
  stamp(after?: Hlc): { hlc: Hlc; at: string; region: string; trace?: string } {
    const trace = currentSampledTraceId();
    const at = new Date(this.wallClockMs()).toISOString();
    return { hlc: this.clock.now(after), at, region: this.region, ...(trace !== undefined && { trace }) };
  }

  receive(remote: Hlc): ReturnType<HlcClock['receive']> {
    return this.clock.receive(remote);
  }
}
