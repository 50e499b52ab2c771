/** A round trip from which on it is worth to read more at a time. */
const FAR_MS = 50;
/** Of a round trip, as much as a usual answer of 4 MiB takes to be sent and worked off: for each of these one more is under way. */
const SHARE_MS = 80;
const MOST_TIMES = 4;
/** What is read at a time must come within this, beyond the round trip: on a link that is slower a round trip is not what limits it. */
const WITHIN_MS = 1_000;

/**
 * How many fetches should be under way where there is a backlog behind a round trip of so many milliseconds, and a usual answer
 * takes `usualMs` more than that. By the round trip alone a slow link on which answers wait behind others would be taken for a far one, and asked for
 * what it cannot bring in time.
 */
export function timesWanted(roundTripMs: number, usualMs: number): number {
  if (roundTripMs < FAR_MS) return 1;
  const wanted = Math.min(MOST_TIMES, 1 + Math.ceil(roundTripMs / SHARE_MS));
  return Math.max(1, Math.min(wanted, Math.floor(WITHIN_MS / usualMs)));
}

/**
 * Who of a process reads more at a time than others. A fetch is answered once per round trip, so over a distance what is under way
 * at a time limits a backlog: 4 MiB over 237 ms is 17 MB/s. But each byte under way is also one in memory, and all
 * readers of a process may have a backlog at the same time, as after a long outage. So those that need it may have some times as
 * much, and all of them together only so much more than usual.
 */
export class WideReads {
  readonly #mostMore: number;
  readonly #more = new Map<object, number>();

  /** `mostMore`: how many times what is usual for one all of them together may have beyond that. */
  constructor(mostMore: number) {
    this.#mostMore = mostMore;
  }

  /** How many times as much as usual `reader` may have from now on, given how many times that it needs. */
  judge(reader: object, times: number): number {
    this.#more.delete(reader);
    const others = [...this.#more.values()].reduce((sum, more) => sum + more, 0);
    const more = Math.min(times - 1, this.#mostMore - others);
    if (more > 0) this.#more.set(reader, more);
    return 1 + more;
  }
}
