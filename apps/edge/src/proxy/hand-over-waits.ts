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
  /** Reads and writes are taken apart: a region may serve the ones and not the others. */
  kind: 'read' | 'write';
  /** Under which it was refused: an answer under an older one tells nothing of who takes over. */
  epoch: number;
  /** Of `performance.now()`. */
  untilMs: number;
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
  readonly #lines = new Map<string, Line>();
  readonly #ends = new Map<Waiting, (turn: Turn) => void>();
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
    const { epoch, untilMs } = asked;
    const key = keyOf(asked);
    const line = this.#lines.get(key) ?? { waiting: new Set(), epoch, pauseMs: FIRST_PAUSE_MS, timer: undefined };
    this.#lines.set(key, line);
    line.epoch = Math.max(line.epoch, epoch);
    this.waiting++;
    return new Promise((resolve) => {
      const one = {
        ...asked,
        end: (turn: Turn) => {
          if (!line.waiting.delete(one)) return;
          clearTimeout(timeIsOver);
          this.#ends.delete(asked);
          this.waiting--;
          resolve(turn);
        },
      };
      const timeIsOver = setTimeout(() => one.end('time is over'), Math.max(0, untilMs - performance.now()));
      line.waiting.add(one);
      this.#ends.set(asked, one.end);
      line.timer ??= setTimeout(() => this.#letOneAsk(line), line.pauseMs);
    });
  }

  /** Whose client has gone keeps nobody else from waiting. */
  leave(asked: Waiting): void {
    this.#ends.get(asked)?.('time is over');
  }

  /** What is waited for elsewhere takes its place among all that wait. */
  async beside<T>(other: Promise<T>): Promise<T> {
    this.waiting++;
    try {
      return await other;
    } finally {
      this.waiting--;
    }
  }

  /** A region has taken a request of this kind that was sent under `epoch`. */
  taken(of: Pick<Waiting, 'service' | 'kind' | 'epoch'>): void {
    const line = this.#lines.get(keyOf(of));
    if (!line || of.epoch < line.epoch) return;
    clearTimeout(line.timer);
    this.#lines.delete(keyOf(of));
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
    const [first] = line.waiting;
    first?.end('asks');
    if (line.waiting.size > 0) line.timer = setTimeout(() => this.#letOneAsk(line), line.pauseMs);
  }
}

function keyOf({ service, kind }: Pick<Waiting, 'service' | 'kind'>): string {
  return `${service} ${kind}`;
}
