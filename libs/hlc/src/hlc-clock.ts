import { formatHlc, type Hlc, MAX_COUNTER, MAX_WALL_MS, parseHlc } from './hlc.ts';

/**
 * The problem: of two writes to one field, made in two regions, every region must keep the same one, and never the one
 * that its author had already seen and replaced. Wall clocks alone get that wrong as soon as they differ by more than a
 * message takes; Lamport's counter gets it right but says nothing about when; a vector clock tells "concurrent" from
 * "later", which a last-writer-wins register has no use for, and grows with the regions.
 *
 * A hybrid logical clock keeps Lamport's promise (what happened before has the smaller reading) and stays close to the
 * wall clock: its wall part is the highest wall time seen so far, its counter orders what falls into one millisecond.
 *
 * Source: Kulkarni, Demirbas, Madappa, Avva, Leone: "Logical Physical Clocks and Consistent Snapshots in Globally
 * Distributed Databases" (2014), figure 5. Two things are added:
 * - a bound on how far ahead a remote reading may be. Without one, a single region whose clock stands in the year 2100
 *   would win every later write everywhere. What is refused is for the caller to quarantine, with the time from which
 *   it may be offered again.
 * - the counter has 16 bits; when they are used up, the wall part moves on by 1 ms. It then leads the wall clock, which
 *   the algorithm allows anyhow: more than 65,536 readings per millisecond over some time would be needed to feel it.
 *
 * Limits: readings say nothing about concurrency (a smaller one may not be known to the author of a greater one), and
 * the promise holds across a restart only if the clock starts `from` the highest reading that it gave out or stored, and a
 * write is stamped `after` the row that it changes: what the process before has sent may be stored after the clock began.
 * A wall clock that steps back by more than the bound makes its region refuse honest readings until the wall has caught
 * up. The bound is kept from the wall all the same: kept from the highest reading here, a remote that is always one bound
 * ahead of it would pull it along without end, and kept from the highest wall time, one moment of a wrong wall clock
 * would lift the bound for good. So let the time daemon slew a wall clock that is ahead, not step it back.
 */
export interface HlcClock {
  /**
   * The reading for a new write: greater than every reading given out or received so far, and than `after`, the latest
   * reading in what the write changes. That one is not held to the bound: it is in this region's own database already,
   * put there by a process of before whose statement was committed after this clock had begun.
   * Throws when `after` is not a reading.
   */
  now(after?: Hlc): Hlc;
  /**
   * Takes note of a remote write, so that whatever happens here from now on is later; returns the reading of the receipt.
   * A reading more than `maxDriftMs` ahead of this wall clock is refused and leaves the clock as it was.
   * Throws when `remote` is not a reading.
   */
  receive(remote: Hlc): Received;
}

export type Received =
  | { ok: true; hlc: Hlc }
  /**
   * Nothing of such a write may be merged now: keep it aside. Offered again, it is taken as soon as this wall clock shows
   * `acceptableAtMs`. Soon, when two clocks are some seconds apart; a time far ahead is a clock that was plainly wrong,
   * and its writes are for a person to look at.
   */
  | { ok: false; reason: 'ClockDrift'; aheadMs: number; acceptableAtMs: number };

export interface HlcClockOptions {
  region: string;
  /** Milliseconds since 1970; may stutter, jump and run backward. */
  wallClockMs: () => number;
  /** How far ahead of the wall clock a remote reading may be. Default 500: far above NTP's error, far below a human's patience. */
  maxDriftMs?: number;
  /** The highest reading of an earlier run; the first one here will be greater. */
  from?: Hlc;
}

const DEFAULT_MAX_DRIFT_MS = 500;

interface Moment {
  wallMs: number;
  counter: number;
}

export function createHlcClock({
  region,
  wallClockMs,
  maxDriftMs = DEFAULT_MAX_DRIFT_MS,
  from,
}: HlcClockOptions): HlcClock {
  let latest: Moment = from === undefined ? { wallMs: 0, counter: 0 } : parseHlc(from);
  formatHlc({ ...latest, region });

  const wallNowMs = () => Math.min(MAX_WALL_MS, Math.max(0, Math.floor(wallClockMs())));

  const advance = (seen: Moment, nowMs: number): Hlc => {
    latest = nowMs > seen.wallMs ? { wallMs: nowMs, counter: 0 } : successor(seen);
    return formatHlc({ ...latest, region });
  };

  return {
    now: (after) => advance(after === undefined ? latest : laterOf(latest, parseHlc(after)), wallNowMs()),
    receive(remote) {
      const sent = parseHlc(remote);
      const nowMs = wallNowMs();
      const aheadMs = sent.wallMs - nowMs;
      if (aheadMs > maxDriftMs) return refused(aheadMs, sent.wallMs - maxDriftMs);
      return { ok: true, hlc: advance(laterOf(latest, sent), nowMs) };
    },
  };
}

function refused(aheadMs: number, acceptableAtMs: number): Received {
  return { ok: false, reason: 'ClockDrift', aheadMs, acceptableAtMs };
}

function laterOf(a: Moment, b: Moment): Moment {
  if (a.wallMs !== b.wallMs) return a.wallMs > b.wallMs ? a : b;
  return a.counter >= b.counter ? a : b;
}

function successor({ wallMs, counter }: Moment): Moment {
  return counter < MAX_COUNTER ? { wallMs, counter: counter + 1 } : { wallMs: wallMs + 1, counter: 0 };
}
