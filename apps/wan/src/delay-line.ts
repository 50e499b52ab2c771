import type { Path } from './path.ts';

/** What travels: the opening of a connection (SYN, or the answer to it), bytes, the end of a direction (FIN), a reset (RST). */
export type Segment = { kind: 'open' } | { kind: 'data'; bytes: Buffer } | { kind: 'end' } | { kind: 'reset' };

interface Travelling {
  segment: Segment;
  /** `Infinity` while it has not been sent: it is held by a black hole, or the connection is not open yet. */
  arrivesAtMs: number;
}

const NOT_SENT = Number.POSITIVE_INFINITY;
const COMPACT_AFTER = 1024;

/**
 * The segments of one direction of a connection that are on the way, in order. Pure: time is passed in.
 *
 * A black hole loses what is on the way; the sender's TCP keeps it and sends it again once the path is back. Seen from
 * the ends, that is: nothing arrives, and after healing everything arrives in order, one delay later. So holding
 * un-sends every segment, and releasing sends them again, as new bytes of the link's bandwidth.
 */
export class DelayLine {
  readonly #path: Path;
  #queue: Travelling[] = [];
  #head = 0;
  #heldBytes = 0;
  #blocked: boolean;
  #opened = false;

  constructor(path: Path, blocked: boolean) {
    this.#path = path;
    this.#blocked = blocked;
  }

  push(segment: Segment, nowMs: number): void {
    const travelling = { segment, arrivesAtMs: NOT_SENT };
    if (segment.kind === 'data') this.#heldBytes += segment.bytes.length;
    this.#queue.push(travelling);
    if (this.#maySend(segment)) this.#send(travelling, nowMs);
  }

  /** When the next segment arrives; `Infinity` when none will until something changes. */
  get nextArrivalMs(): number {
    return this.#queue[this.#head]?.arrivesAtMs ?? NOT_SENT;
  }

  /**
   * The next segment, if it has arrived. One whose time has come waits for those before it, so jitter and a shortened
   * delay put nothing out of order.
   */
  take(nowMs: number): Segment | undefined {
    const next = this.#queue[this.#head];
    if (!next || next.arrivesAtMs > nowMs) return undefined;
    this.#head++;
    if (this.#head === this.#queue.length) this.clear();
    else {
      if (next.segment.kind === 'data') this.#heldBytes -= next.segment.bytes.length;
      if (this.#head >= COMPACT_AFTER && this.#head * 2 >= this.#queue.length) {
        this.#queue = this.#queue.slice(this.#head);
        this.#head = 0;
      }
    }
    return next.segment;
  }

  /** The connection is established: its bytes may leave from now on. Before, only the opening may. */
  open(nowMs: number): void {
    this.#opened = true;
    this.#sendHeld(nowMs);
  }

  block(): void {
    this.#blocked = true;
    for (const travelling of this.#queue) travelling.arrivesAtMs = NOT_SENT;
  }

  unblock(nowMs: number): void {
    this.#blocked = false;
    this.#sendHeld(nowMs);
  }

  clear(): void {
    this.#queue = [];
    this.#head = 0;
    this.#heldBytes = 0;
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  get isOpened(): boolean {
    return this.#opened;
  }

  get isBlocked(): boolean {
    return this.#blocked;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  #maySend(segment: Segment): boolean {
    return !this.#blocked && (this.#opened || segment.kind === 'open' || segment.kind === 'reset');
  }

  #sendHeld(nowMs: number): void {
    for (let i = this.#head; i < this.#queue.length; i++) {
      const travelling = this.#queue[i] as Travelling;
      if (travelling.arrivesAtMs !== NOT_SENT) continue;
      if (!this.#maySend(travelling.segment)) return;
      this.#send(travelling, nowMs);
    }
  }

  #send(travelling: Travelling, nowMs: number): void {
    const { segment } = travelling;
    travelling.arrivesAtMs = this.#path.arrivalMs(segment.kind === 'data' ? segment.bytes.length : 0, nowMs);
  }
}
