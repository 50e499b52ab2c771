import type { ServiceName } from '@meridian/regions';

/**
 * Where requests wait that a region refused because it may not serve them now, while another one takes over. In a planned
 * hand-over that is a matter of a few round trips, in which no region may write; nothing of them was begun, so that they can
 * be sent again, and their clients need not know.
 *
 * Nobody tells the edge when the next primary has its lease. To ask again with all of them, again and again, would be a storm
 * at a region that is just beginning. So one of them asks, after pauses that grow; once a region has taken one, all others
 * follow. They wait for so long at most, and only so many: what is beyond is refused, as it was before.
 */
export interface HandOverSettings {
  /** How long a request waits at most, from its first refusal. */
  withinMs: number;
  /** How many wait at a time. */
  maxWaiting: number;
}

export interface Waiting {
  service: ServiceName;
  /** Under which it was refused: an answer under an older one tells nothing of who takes over. */
  epoch: number;
  /** Of `performance.now()`. */
  untilMs: number;
  isGone(): boolean;
}

/** `asks`: for all of them, at a pace that is bounded. `follows`: a region has taken one like it. */
export type Turn = 'asks' | 'follows' | 'time is over';

interface Line {
  waiting: Set<Waiting & { end(turn: Turn): void }>;
  epoch: number;
  pauseMs: number;
  timer: NodeJS.Timeout | undefined;
}

const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 250;

export class HandOverWaits {
  readonly #settings: HandOverSettings;
  readonly #lines = new Map<ServiceName, Line>();
  #isStopped = false;
  /** How many wait now. */
  waiting = 0;
  /** How many have waited, and how many of them in vain. */
  total = 0;
  inVain = 0;

  constructor(settings: HandOverSettings) {
    this.#settings = settings;
  }

  get withinMs(): number {
    return this.#settings.withinMs;
  }

  get hasRoom(): boolean {
    return !this.#isStopped && this.waiting < this.#settings.maxWaiting;
  }

  wait(asked: Waiting): Promise<Turn> {
    const { service, epoch, untilMs } = asked;
    const line = this.#lines.get(service) ?? { waiting: new Set(), epoch, pauseMs: FIRST_PAUSE_MS, timer: undefined };
    this.#lines.set(service, line);
    line.epoch = Math.max(line.epoch, epoch);
    this.waiting++;
    return new Promise((resolve) => {
      const one = {
        ...asked,
        end: (turn: Turn) => {
          if (!line.waiting.delete(one)) return;
          clearTimeout(timeIsOver);
          this.waiting--;
          resolve(turn);
        },
      };
      const timeIsOver = setTimeout(() => one.end('time is over'), Math.max(0, untilMs - performance.now()));
      line.waiting.add(one);
      line.timer ??= setTimeout(() => this.#letOneAsk(line), line.pauseMs);
    });
  }

  /** A region has taken a request that was sent under `epoch`. */
  taken(service: ServiceName, epoch: number): void {
    const line = this.#lines.get(service);
    if (!line || epoch < line.epoch) return;
    clearTimeout(line.timer);
    this.#lines.delete(service);
    for (const one of line.waiting) one.end('follows');
  }

  stop(): void {
    this.#isStopped = true;
    for (const { timer, waiting } of this.#lines.values()) {
      clearTimeout(timer);
      for (const one of waiting) one.end('time is over');
    }
  }

  #letOneAsk(line: Line): void {
    line.pauseMs = Math.min(LONGEST_PAUSE_MS, line.pauseMs * 2);
    line.timer = undefined;
    for (const one of line.waiting) {
      const isGone = one.isGone();
      one.end(isGone ? 'time is over' : 'asks');
      if (!isGone) break;
    }
    if (line.waiting.size > 0) line.timer = setTimeout(() => this.#letOneAsk(line), line.pauseMs);
  }
}
