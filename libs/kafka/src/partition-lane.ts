import type { IncomingRecord } from './record.ts';

/** What is read of a log and worked off as one: a record, or a batch of them. */
export interface LogItem {
  /** A 64-bit number in decimal; of its last record, when it holds several. */
  readonly offset: string;
  /** Of the first record that is wanted of it, when it holds several. */
  readonly firstOffset?: string;
}

/** What was read together of one partition. */
export interface ReadBatch<Item extends LogItem = IncomingRecord> {
  topic: string;
  partition: number;
  records: readonly Item[];
  highWatermark: string;
  /** Greater than the last record's offset when control records follow it. */
  lastOffset: string;
  /** About as many as it takes in memory. */
  bytes: number;
  /** For whoever has worked it off, and keeps none of its bytes. */
  release?: (() => void) | undefined;
}

/**
 * Works a batch off. `done` is told the offset up to which, that one included, nothing has to be read again, and perhaps a
 * note that is to be committed with it and stays until there is another. Resolves early, or rejects, when `signal` aborts;
 * otherwise only when all is done.
 */
export type LaneWork<Item extends LogItem = IncomingRecord> = (
  batch: ReadBatch<Item>,
  done: (offset: string, note?: string) => void,
  signal: AbortSignal,
) => Promise<void>;

/**
 * One partition: what was read of it is worked off in order, by itself, beside all others. kafkajs would wait for the
 * slowest partition before it reads on in any, and would not stay a member of the group while one takes long. So it only
 * reads here; the lane keeps what was read, and knows how far the work is.
 */
export class PartitionLane<Item extends LogItem = IncomingRecord> {
  readonly topic: string;
  readonly partition: number;
  assigned = true;
  /** The offset to commit, when it is not yet committed. */
  uncommitted: string | undefined;
  /** What is to be committed with it. */
  note: string | undefined;
  readonly #work: LaneWork<Item>;
  #queue: ReadBatch<Item>[] = [];
  #working = false;
  /** What was read ends before this offset. Undefined when the next batch may begin anywhere. */
  #readTo: bigint | undefined;
  #doneTo: bigint | undefined;
  #logEnd = 0n;
  #stop = new AbortController();
  #whenRoom: (() => void)[] = [];

  constructor(topic: string, partition: number, work: LaneWork<Item>) {
    this.topic = topic;
    this.partition = partition;
    this.#work = work;
  }

  /** Records behind the log end; undefined before anything was read. */
  get lag(): number | undefined {
    if (this.#doneTo === undefined) return undefined;
    return Math.max(0, Number(this.#logEnd - this.#doneTo));
  }

  /** Takes what was read. After a new division of the group the same records may be read again; those are left out. */
  accept(
    read: readonly Item[],
    lastOffset: string,
    highWatermark: string,
    bytes = 0,
    release?: (() => void) | undefined,
  ): void {
    const { topic, partition } = this;
    this.#logEnd = BigInt(highWatermark);
    // A topic that was made anew counts from 0 again.
    if (this.#readTo !== undefined && this.#readTo > this.#logEnd) this.#readTo = undefined;
    const from = this.#readTo ?? 0n;
    if (BigInt(lastOffset) < from) return;
    const isNew = ({ offset }: Item) => BigInt(offset) >= from;
    const [first] = read;
    const records = first && isNew(first) ? read : read.filter(isNew);
    this.#readTo = BigInt(lastOffset) + 1n;
    this.#doneTo ??= BigInt(first?.firstOffset ?? first?.offset ?? lastOffset);
    this.#queue.push({ topic, partition, records, highWatermark, lastOffset, bytes, release });
    if (!this.#working) void this.#workOff();
  }

  /** Whether nothing waits behind the batch that is worked on. */
  get hasRoom(): boolean {
    return this.#queue.length === 0;
  }

  /** Resolves when nothing waits any more. */
  untilRoom(): Promise<void> {
    return this.hasRoom ? Promise.resolve() : new Promise((resolve) => this.#whenRoom.push(resolve));
  }

  /** Resolves when nothing is worked on. */
  async untilIdle(): Promise<void> {
    while (this.#working) await new Promise<void>((resolve) => this.#whenRoom.push(resolve));
  }

  /** Drops what waits and gives up waiting; the record in hand is finished, and counts. */
  finish(): void {
    this.#queue = [];
    this.#stop.abort();
    this.#ringRoom();
  }

  /** The partition is no longer this member's, or is read anew: nothing of what is in hand counts any more. */
  reset(): void {
    this.finish();
    this.#stop = new AbortController();
    this.#readTo = undefined;
    this.#doneTo = undefined;
    this.uncommitted = undefined;
  }

  async #workOff(): Promise<void> {
    this.#working = true;
    for (let batch = this.#queue.shift(); batch; batch = this.#queue.shift()) {
      this.#ringRoom();
      const stop = this.#stop;
      const done = (offset: string, note?: string) => {
        if (this.#stop !== stop) return;
        this.note = note ?? this.note;
        this.#doneTo = BigInt(offset) + 1n;
        this.uncommitted = String(this.#doneTo);
      };
      try {
        await this.#work(batch, done, stop.signal);
        if (!stop.signal.aborted) done(batch.lastOffset);
      } catch (failure) {
        if (!stop.signal.aborted) throw failure;
      }
    }
    this.#working = false;
    this.#ringRoom();
  }

  #ringRoom(): void {
    const waiting = this.#whenRoom;
    this.#whenRoom = [];
    for (const resolve of waiting) resolve();
  }
}
