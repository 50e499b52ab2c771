import type { Logger } from '@meridian/service-kit/process';

/**
 * What copies the topics of one region into the cluster of another. The replicator knows an engine by this port alone,
 * so that engines can be exchanged and measured against each other: `kafkajs` (readable, the first) and `verbatim` (the
 * default), which passes record batches on undecoded.
 *
 * Whatever engine it is:
 * - **Topics:** it copies every topic of the origin for which `isReplicated` of @meridian/contracts holds into
 *   `remoteTopic(origin, topic)`, also one that appears later, within some seconds. The copy has at least as many
 *   partitions as its original. A copy is never copied, so loops cannot form.
 * - **Records:** key, value, every header byte for byte and in order, timestamp and partition stay as they are. Values are
 *   not decoded. The records of a partition keep their order.
 * - **At least once:** the position moves past a record when the target has acknowledged it, and outlives the process.
 *   Around an outage or a crash the last records can come twice; none is left out.
 * - **Outages** of either cluster, however long, are waited out with bounded memory; copying goes on within 5 s of the
 *   return. Nothing of one copy depends on another copy's origin.
 * - **Traces:** a record whose trace is recorded has one span `replicate <copy's topic>`, any other has none.
 */
export interface ReplicationEngine {
  readonly name: string;
  /** Begins to copy, and does not wait for either cluster. */
  start(specification: CopySpecification): RunningCopy;
}

/** A cluster, and how it is reached from here. */
export interface Cluster {
  region: string;
  /** `host:port` each. */
  brokers: string[];
}

export interface CopySpecification {
  origin: Cluster;
  target: Cluster;
  /** Every region there is: a topic that begins with one of them is a copy. */
  regions: readonly string[];
  /** Where several replicators of the region divide the partitions. Default: this one copies all. */
  shares?: Division | undefined;
  logger: Logger;
}

/** How several replicators of a region divide what is to be copied. */
export interface Division {
  /** Whether a partition of an origin's topic is this replicator's. */
  owns(origin: string, topic: string, partition: number): boolean;
  /** Told of each new division. */
  onDivided(listener: () => void): void;
}

export interface RunningCopy {
  status(): CopyStatus;
  /** Takes nothing new, finishes or gives up within a second what is in hand, leaves. Within 4 s, whatever is away. */
  stop(): Promise<void>;
}

export interface CopyStatus {
  /** Whether the target would take a record now. */
  targetConnected: boolean;
  /** Whether records are being read from the origin. */
  originConnected: boolean;
  /** The topics of the origin that are copied. */
  topics: string[];
  /** Records that the origin has and the target not, as of the last ones read; null while the origin is not connected. */
  behind: number | null;
  /** Since the start of the process; what is copied twice counts twice. */
  copiedRecords: number;
  /** Of keys, values and headers; of the batches as they are written, by an engine that does not look into them. */
  copiedBytes: number;
  lastCopiedAt: Date | null;
  /** What does not succeed at the moment and is tried again, in a few plain words. */
  failing: string | null;
}
