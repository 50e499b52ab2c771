import type { KafkaMessage } from 'kafkajs';
import { type IncomingRecord, ReceivedRecord } from './record.ts';

/** Records of one partition that were read together. */
export interface ReadBatch {
  topic: string;
  partition: number;
  records: IncomingRecord[];
  highWatermark: string;
  /** Greater than the last record's offset when control records follow it. */
  lastOffset: string;
}

/**
 * Works a batch off. `done` is told the offset up to which, that one included, nothing has to be read again. Resolves
 * early, or rejects, when `signal` aborts; otherwise only when all is done.
 */
export type LaneWork = (batch: ReadBatch, done: (offset: string) => void, signal: AbortSignal) => Promise<void>;

/**
 * One partition: what was read of it is worked off in order, by itself, beside all others. kafkajs would wait for the
 * slowest partition before it reads on in any, and would not stay a member of the group while one takes long. So it only
 * reads here; the lane keeps what was read, and knows how far the work is.
 */
export class PartitionLane {
  readonly topic: string;
  readonly partition: number;
  assigned = true;
  /** The offset to commit, when it is not yet committed. */
  uncommitted: string | undefined;
  readonly #work: LaneWork;
  #queue: ReadBatch[] = [];
  #working = false;
  /** What was read ends before this offset. Undefined when the next batch may begin anywhere. */
  #readTo: bigint | undefined;
  #doneTo: bigint | undefined;
  #logEnd = 0n;
  #stop = new AbortController();
  #whenRoom: (() => void)[] = [];

  constructor(topic: string, partition: number, work: LaneWork) {
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
  accept(messages: readonly KafkaMessage[], lastOffset: string, highWatermark: string): void {
    const { topic, partition } = this;
    this.#logEnd = BigInt(highWatermark);
    // A topic that was made anew counts from 0 again.
    if (this.#readTo !== undefined && this.#readTo > this.#logEnd) this.#readTo = undefined;
    const from = this.#readTo ?? 0n;
    if (BigInt(lastOffset) < from) return;
    const isNew = ({ offset }: KafkaMessage) => BigInt(offset) >= from;
    const unread = messages[0] && isNew(messages[0]) ? messages : messages.filter(isNew);
    this.#readTo = BigInt(lastOffset) + 1n;
    this.#doneTo ??= BigInt(messages[0]?.offset ?? lastOffset);
    const records = unread.map((message) => new ReceivedRecord(topic, partition, message));
    this.#queue.push({ topic, partition, records, highWatermark, lastOffset });
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
      const done = (offset: string) => {
        if (this.#stop !== stop) return;
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
