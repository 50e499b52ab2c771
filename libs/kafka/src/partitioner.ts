import type { ICustomPartitioner, Message } from 'kafkajs';
import { partitionOf } from './partition-of.ts';

/**
 * A record's partition: the one it asks for, else that of its key, else the partitions in turn.
 *
 * The choice is kept with the message. kafkajs asks again when it tries again, and sends only to the brokers that did
 * not answer the first time: a record whose turn has moved to another broker's partition would be sent to neither.
 */
export const createPartitioner: ICustomPartitioner = () => {
  const turns = new Map<string, number>();
  return ({ topic, partitionMetadata: { length: count }, message }) => {
    const partition = message.partition ?? choose(topic, count, message);
    if (!(partition >= 0 && partition < count)) throw new UnknownPartition(topic, partition, count);
    message.partition = partition;
    return partition;
  };

  function choose(topic: string, count: number, { key }: Message): number {
    if (key !== null && key !== undefined) return partitionOf(key, count);
    const turn = turns.get(topic) ?? 0;
    turns.set(topic, turn + 1);
    return turn % count;
  }
};

/** kafkajs would leave such a record out and say that all were sent. */
export class UnknownPartition extends Error {
  override readonly name = 'UnknownPartition';
  /** As the broker would have called it: kafkajs looks at the topic again. */
  readonly type = 'UNKNOWN_TOPIC_OR_PARTITION';
  readonly retriable = true;
  constructor(topic: string, partition: number, count: number) {
    super(`${topic} has ${count} partitions, and no partition ${partition}`);
  }
}
