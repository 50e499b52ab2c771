import type { RecordProducer } from '@meridian/kafka';

export interface RelayOptions {
  /** The service's own database, with the tables of `OUTBOX_DDL`. */
  databaseUrl: string;
  region: string;
  service: string;
  /** Awaited call by call. It belongs to the caller, who closes it after the relay. */
  producer: Pick<RecordProducer, 'sendBatch'>;
  logger: RelayLogger;
  /** The most rows that are read and sent at a time; fewer are sent when they are large. Default 500. */
  batchSize?: number;
  /** The topics whose partitions are told how far this service has come although nothing happens in them. Default: none. */
  heartbeatTopics?: readonly string[];
  /** Of every topic: the relay chooses the partition, as it promises what is in it. Default: as contracts have it. */
  partitions?: number;
}

/** What the relay needs of a pino logger. */
export interface RelayLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface RelayStatus {
  /**
   * `connecting`: there is no session with the database, and one is tried for again and again. `waiting`: another relay
   * of this database is at work. `relaying`: this one is.
   */
  phase: 'connecting' | 'waiting' | 'relaying' | 'closed';
  /** Whether there is a session with the database. */
  connected: boolean;
  /** The sequence of the last event that was published and noted as such; null before the position was first read. */
  publishedSequence: number | null;
  /** Whether committed rows wait for a transaction that began before theirs and is still open. */
  waitingForHorizon: boolean;
  /** What is being tried again, in words; null when all goes well. */
  failing: string | null;
}

export interface OutboxRelay {
  status(): RelayStatus;
  /**
   * Publishes what is committed by now and stops; gives up after `withinMs` (default 3,000), and what is then left is
   * published by the next relay under the same sequences. Never rejects.
   */
  close(withinMs?: number): Promise<void>;
}
