import type { UndecodedBatch } from '@meridian/record-batches';
import type { Logger } from 'pino';
import type { DeadLetter } from './dead-letters.ts';
import type { PartitionOffset, TopicPartition } from './partition-offset.ts';
import type { RecordInSpan } from './process-span.ts';
import type { IncomingRecord, OutgoingRecord, RecordPosition } from './record.ts';

export interface KafkaOptions {
  /** Named in the broker's logs. */
  clientId: string;
  brokers: string[];
  logger?: Logger;
}

/** A cluster to talk to. Making one opens nothing. */
export interface KafkaConnection {
  readonly clientId: string;
  /** Returns at once and connects behind the scenes, again and again until it succeeds. */
  producer(): Promise<RecordProducer>;
  /** Returns at once; the consumer joins its group behind the scenes, again and again until it succeeds. */
  consume(options: ConsumeOptions): Promise<RunningConsumer>;
  /**
   * For one who handles batches, must not wait for commits, and is alone with its group's name: the replicator. It reads
   * every partition by itself; within a second of the healing of a link it reads on, while `consume` joins its group.
   */
  consumeBatches(options: ConsumeBatchesOptions): Promise<RunningConsumer>;
  /** The same for one who passes batches on undecoded; both commit in the same way, so that one can go on for the other. */
  consumeUndecoded(options: ConsumeUndecodedOptions): Promise<RunningConsumer>;
  /** For several that divide work among themselves: returns at once, joins behind the scenes. */
  divide(options: DivideOptions): Promise<RunningConsumer>;
  /** As `producer`, for batches that are written as they are. */
  undecodedProducer(): Promise<UndecodedProducer>;
  /** For asking repeatedly; for a single question there are `listTopics` and `ensureTopics`. */
  admin(): ClusterAdmin;
  /**
   * Single records, looked up where they lie; those that are no longer there are left out. Rejects when the cluster is
   * away or does not answer in time.
   */
  readAt(topic: string, positions: readonly RecordPosition[]): Promise<IncomingRecord[]>;
  /** For one who compares logs. Opens nothing before the first question. */
  logReader(): LogReader;
}

/** A part of a log that can be read: without what aborted transactions wrote, and up to the first one that is open. */
export interface LogBounds {
  /** The first offset that is still there. */
  start: string;
  /** The one after the last. */
  end: string;
}
export interface LogPart {
  /** None of them lies before the offset that was asked for; fewer than there are offsets where some hold no record. */
  records: readonly IncomingRecord[];
  /** Where to read on; the offset that was asked for when nothing follows it. */
  nextOffset: string;
}

/** Offsets are 64-bit numbers in decimal. Every call rejects within 10 s when the cluster does not answer. */
export interface LogReader {
  bounds(topic: string, partition: number): Promise<LogBounds>;
  /** The first offset whose record is not older than `timestampMs` (milliseconds since 1970); null when there is none. */
  firstSince(topic: string, partition: number, timestampMs: number): Promise<string | null>;
  /** What begins at an offset within the bounds, up to 256 KiB of it. */
  read(topic: string, partition: number, offset: string): Promise<LogPart>;
  close(): void;
}

/** How far a group has read a partition. */
export interface GroupPosition extends RecordPosition {
  topic: string;
}

export interface TopicRecords {
  topic: string;
  records: OutgoingRecord[];
}

export interface RecordProducer {
  /**
   * Resolves when all in-sync replicas have the records; an outage is waited out, however long. Rejects only when the
   * broker refuses the records for good (too large, not allowed; a topic or partition that is not there for 10 s) with
   * `RecordsRefused`, or when the producer is closed, with `ProducerClosed`. Await each call where order matters. What
   * was sent around an outage can be there twice.
   */
  send(topic: string, records: OutgoingRecord[]): Promise<void>;
  sendBatch(batch: TopicRecords[]): Promise<void>;
  /** Sends one record, and says where it lies. */
  append(topic: string, record: OutgoingRecord): Promise<RecordPosition>;
  /** Whether a connection to the cluster is open now. */
  readonly connected: boolean;
  /** Completes within 3 s; what is not acknowledged by then rejects. */
  close(): Promise<void>;
}

export interface UndecodedProducer {
  /**
   * Writes one batch, as `toProduced` or `rewriteRecords` of @meridian/record-batches has made it; resolves and rejects as
   * `send` of a `RecordProducer` does. Only one of a partition at a time: two would have no order. What is sent to several
   * partitions at once travels together. Rejects with `OutOfSequence` when the batch names a producer (`ProducedBy` of
   * @meridian/record-batches) of whom another one is due.
   */
  write(topic: string, partition: number, batch: Uint8Array): Promise<void>;
  /** A producer's id that nobody has had in this cluster, waited for as `write` is. */
  newProducer(): Promise<{ producerId: bigint; producerEpoch: number }>;
  /** The last batch of a partition; undefined when its log is empty, or ends with none of records. Waited for as `write` is. */
  lastBatch(topic: string, partition: number): Promise<UndecodedBatch | undefined>;
  readonly connected: boolean;
  /** Completes within 3 s; what is not acknowledged by then rejects. */
  close(): Promise<void>;
}

export interface ConsumerHealth {
  /** Whether it is a member of its group and was answered within the last seconds. */
  readonly connected: boolean;
  /** Records behind the log end by `<topic>/<partition>`, as of the last records that were read. */
  lag(): Record<string, number>;
}

export interface RunningConsumer {
  readonly health: ConsumerHealth;
  /** Finishes the record in hand, commits and leaves the group. Completes within 3 s, whatever the cluster does. */
  close(): Promise<void>;
}

/**
 * Handles records of one partition that were read together, two at least, in their order. Resolves with how many of the
 * first are handled, and what follows them is handled alone; when it rejects nothing may have been done, and each is.
 */
export type HandleTogether = (records: readonly RecordInSpan[]) => Promise<number>;

export interface ConsumeOptions {
  groupId: string;
  topics: string[];
  /** Where a group begins that has committed nothing. Default: at the beginning. */
  fromBeginning?: boolean;
  /** Called in order per partition; different partitions run side by side. */
  onRecord(record: IncomingRecord): Promise<void> | void;
  /** By topic, where several records cost less together. Default: nowhere. */
  together?: Readonly<Record<string, HandleTogether>>;
  /** Tries until a record is dead-lettered. Default 5; all of them within 3 s. */
  maxAttempts?: number;
  /** Where dead letters are sent with. Default: a producer of its own, made at the first one. */
  deadLetters?: Pick<RecordProducer, 'append'>;
  /**
   * Called when a dead letter is written, before the next record of its partition is handled, and again until it
   * resolves: whoever keeps a list of them, or a position that must not pass one, misses none. The same record can come
   * twice, after a crash.
   */
  onDeadLetter?(letter: DeadLetter): Promise<void>;
  /** Closes the consumer when it aborts. */
  signal?: AbortSignal;
}

export interface DivideOptions {
  groupId: string;
  /** Whose partitions are divided among the members. Nothing of it is read. */
  topic: string;
  /**
   * Told of the partitions that are this member's, at each division. Who loses its connection is not told: the others take its
   * partitions over when its session has run out, 3 s after it was last heard of.
   */
  onDivided(partitions: readonly number[]): void;
}

export interface RecordBatch {
  topic: string;
  partition: number;
  records: readonly IncomingRecord[];
  /** The offset after the last record of the partition, when these were read. */
  highWatermark: string;
  /** Aborts when the consumer closes: a handler that waits for something should give up then. */
  signal: AbortSignal;
}

export interface ConsumeBatchesOptions extends BatchReading {
  /**
   * Called with one batch of a partition at a time; it is called again, after a pause, when it rejects. The next fetch
   * leaves while it runs, so up to one more batch per partition waits in memory. One that takes long holds up the other
   * partitions for at most 1 s: then its own is paused until it is done. A note that `onBatches` has left is taken away.
   */
  onBatch(batch: RecordBatch): Promise<void>;
}

/** A batch as it lies in the log; its bytes are the taker's, who may change them, until what it was handed to has resolved: then they are used again. */
export interface FetchedBatch {
  /** Of its last record. A 64-bit number in decimal. */
  readonly offset: string;
  /** Of the first record that is wanted of it: it can begin before that. */
  readonly firstOffset: string;
  readonly batch: UndecodedBatch;
}

export interface UndecodedBatches {
  topic: string;
  partition: number;
  batches: readonly FetchedBatch[];
  highWatermark: string;
  /** Where the reading of the partition began, with the note that was kept with it; undefined where nothing was committed. */
  committed: PartitionOffset | undefined;
  /**
   * Commits where these batches begin, with a note, for one who must know it before anything is done with them. Resolves when it is
   * committed, or after 1 s: a coordinator that is away holds nothing up.
   */
  commitBefore(note: string): Promise<void>;
  signal: AbortSignal;
}

export interface ConsumeUndecodedOptions extends BatchReading {
  /**
   * As `onBatch` is called. What it resolves with is committed with the position, in the same request, and stays until there is
   * another: 4 KB at most. By then nothing may read the batches' bytes any more, or be sending them; when it rejects, it is called
   * with the same ones again.
   */
  onBatches(batches: UndecodedBatches): Promise<string | undefined>;
}

export interface BatchReading {
  groupId: string;
  topics: string[];
  fromBeginning?: boolean;
  /** Which partitions are read, where several readers divide them. Default: all. */
  owns?(where: TopicPartition): boolean;
  /** Told of each partition whose reading begins without a committed position, before it begins. */
  onNothingCommitted?(where: TopicPartition): void;
  /** How long a fetch may wait at the broker for records to arrive. Default 2,000 ms. */
  maxWaitMs?: number;
  /** Of an answer; of a backlog that is far away up to four times as much is under way. Default 1 MiB per partition and 4 MiB in all. */
  maxBytesPerPartition?: number;
  maxBytes?: number;
  signal?: AbortSignal;
}

export interface TopicPartitions {
  topic: string;
  partitions: number;
}

export interface TopicToEnsure extends TopicPartitions {
  /** Of Kafka's settings of a topic those that are asked for, as `compression.type`; all others stay what they are. */
  config?: Readonly<Record<string, string>>;
}

/** Questions about a cluster. Every call rejects within 5 s when the cluster does not answer. */
export interface ClusterAdmin {
  /** All topics, internal ones too. */
  listTopics(): Promise<TopicPartitions[]>;
  /**
   * Makes the topics that are missing, adds partitions to those that have fewer, and changes the settings that are asked for
   * where they are others; what lies in a log stays as it is. A cluster that answers and is not ready for it is given 15 s.
   */
  ensureTopics(topics: readonly TopicToEnsure[]): Promise<void>;
  /** Log end offsets by partition. */
  logEnd(topic: string): Promise<Record<number, string>>;
  /** Records of these topics behind what the group has committed; all that is there for a group that has committed nothing. */
  unread(groupId: string, topics: readonly string[]): Promise<number>;
  /** Differs between two clusters, and between two lives of one whose disk was lost. */
  clusterId(): Promise<string>;
  /**
   * Has a cluster that never had a group make the topic that groups are kept in; the first group would wait for it otherwise. Never
   * rejects: where it does not help, a group waits.
   */
  wakeGroups(): Promise<void>;
  /** What a group has committed, of every topic. Empty for a group that is not known. */
  positionsOf(groupId: string): Promise<GroupPosition[]>;
  /** How many members a group has. */
  membersOf(groupId: string): Promise<number>;
  /** Commits in the name of a group, in one request. Rejects with `GroupHasMembers` while it has any. */
  setPositions(groupId: string, positions: readonly GroupPosition[]): Promise<void>;
  /** Deletes what a group has committed, so that it begins anew. Rejects while it has a member. */
  forgetGroup(groupId: string): Promise<void>;
  /** Deletes the records before these offsets, as retention would in its time. */
  deleteRecordsBefore(topic: string, offsets: Readonly<Record<number, string>>): Promise<void>;
  /** Deletes a topic with all that is in it; what groups have committed of it is forgotten with it. */
  deleteTopic(topic: string): Promise<void>;
  close(): Promise<void>;
}
