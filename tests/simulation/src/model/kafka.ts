import type { Token, TransactionNumber } from '@meridian/consistency';
import { Bell } from '../kernel/host.ts';

/** Model of a region's Kafka: topics of partitions of records, kept for ever, and the offsets that groups committed. */

export interface LogRecord {
  key: string;
  /** What the relay put into the headers (libs/outbox/src/to-records.ts). */
  source: string;
  originRegion: string;
  /** 0 for a heartbeat, which has none. */
  sequence: number;
  hlc: string;
  type: string;
  value: unknown;
  /** `ce_horizon`: see @meridian/consistency, stampHorizons. */
  horizon: TransactionNumber;
  /** By the wall clock of its origin. */
  atMs: number;
  /** What its author had seen (`ce_deps`). */
  deps: Token;
  /** Of the transaction that wrote it. */
  xid: TransactionNumber;
  /** Known to the simulation only: which outbox row this is. */
  row: number;
}

export class Partition {
  readonly topic: string;
  readonly index: number;
  readonly records: LogRecord[] = [];
  readonly arrived = new Bell();
  /** By group: what it has committed. */
  readonly offsets = new Map<string, number>();

  constructor(topic: string, index: number) {
    this.topic = topic;
    this.index = index;
  }
}

export const PARTITIONS = 2;

export class Kafka {
  up = true;
  /** Probability that a partition refuses what is sent to it. */
  refusals = 0;
  /** Probability that what was appended is not acknowledged. */
  lostAnswers = 0;
  readonly topics = new Map<string, Partition[]>();
  readonly #onAppend: (partition: Partition, record: LogRecord) => void;

  constructor(onAppend: (partition: Partition, record: LogRecord) => void) {
    this.#onAppend = onAppend;
  }

  partitionsOf(topic: string): Partition[] {
    const known = this.topics.get(topic);
    if (known) return known;
    const made = Array.from({ length: PARTITIONS }, (_, index) => new Partition(topic, index));
    this.topics.set(topic, made);
    return made;
  }

  append(topic: string, index: number, record: LogRecord): void {
    const partition = this.partitionsOf(topic)[index] as Partition;
    partition.records.push(record);
    this.#onAppend(partition, record);
    partition.arrived.ring();
  }
}
