import type { KafkaConnection, RunningConsumer } from '@meridian/kafka';
import type { Logger } from '@meridian/service-kit/process';
import type { Link } from './copy-spans.ts';
import type { UnlessStopping } from './unless-stopping.ts';

/**
 * What one engine does in its own way: how records get from a topic to its copy. Which topics there are, which cluster the
 * origin is, what fails and when to stop is the same for all (`RegionCopy`).
 */
export interface Carriage<Writer extends TargetWriter> {
  /** Returns at once and connects behind the scenes. */
  openWriter(target: KafkaConnection): Promise<Writer>;
  /** Begins to read a topic and to hand on to `take` what is read of each partition, again until it resolves. */
  carry(reading: CarriedTopic, take: Take<Writer>): Promise<RunningConsumer>;
}

export interface TargetWriter {
  readonly connected: boolean;
  close(): Promise<void>;
}

export interface CarriedTopic {
  origin: KafkaConnection;
  topic: string;
  /** Under which positions are committed at the origin: the same for all engines, so that one goes on for another. */
  groupId: string;
  /** How long a fetch may wait at the origin. */
  maxWaitMs: number;
  /** Which partitions are this replicator's. */
  owns(where: { partition: number }): boolean;
  /** Told of each partition whose reading begins without a committed position. */
  onNothingCommitted(where: { partition: number }): void;
}

export interface CopyContext<Writer> {
  writer: Writer;
  link: Link;
  logger: Logger;
  /** Told of what the target has acknowledged. */
  onCopied(copied: { records: number; bytes: number }): void;
  /** Waits for an acknowledgement; once the replicator stops, only for a moment longer. */
  unlessStopping: UnlessStopping;
}

/** Runs the copying of what was read together; resolves, with what that does, when the target has all of it. */
export type Take<Writer> = <T>(
  where: { topic: string; partition: number },
  copy: (context: CopyContext<Writer>) => Promise<T>,
) => Promise<T>;
