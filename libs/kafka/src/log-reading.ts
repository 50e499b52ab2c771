import { byTopic } from './committed-positions.ts';
import { type Broker, readFetched } from './kafkajs-broker.ts';
import type { TopicPartition } from './partition-offset.ts';
import { type IncomingRecord, ReceivedRecord } from './record.ts';

export interface WantedPart extends TopicPartition {
  fetchOffset: string;
  maxBytes: number;
}

/** What a fetch has answered of one partition; never nothing at all. */
export interface FetchedPart<Item> extends TopicPartition {
  /** Without what is not to be read: control records, and those of aborted transactions. */
  items: readonly Item[];
  /** Of all that was read, what is left out too. */
  lastOffset: string;
  highWatermark: string;
  /** About as many as it takes in memory. */
  bytes: number;
  /** Says that nobody reads or writes the bytes of its items any more. One whose bytes may be kept has none. */
  release?: () => void;
}

export interface FetchLimits {
  /** How long the broker may wait until there is something. */
  maxWaitMs: number;
  maxBytes: number;
  /** What comes before over the same connection, at most: 0 by default. */
  aheadBytes?: number;
}

/** Asks a broker for what lies in logs that it leads, in the form in which it is to be worked off. */
export type Reading<Item> = (
  broker: Broker,
  wanted: readonly WantedPart[],
  limits: FetchLimits,
) => Promise<FetchedPart<Item>[]>;

/** Record by record, as kafkajs decodes them. */
export const readingRecords: Reading<IncomingRecord> = async (broker, wanted, { maxWaitMs, maxBytes }) => {
  const { responses } = await broker.fetch({
    ...{ replicaId: -1, isolationLevel: 1, maxWaitTime: maxWaitMs, maxBytes },
    topics: byTopic(wanted),
  });
  const offsets = new Map(wanted.map((one) => [keyOf(one), one.fetchOffset]));
  return responses.flatMap(({ topicName: topic, partitions }) =>
    partitions.flatMap((part) => {
      const { partition } = part;
      const fetched = readFetched(topic, offsets.get(keyOf({ topic, partition })) as string, part);
      if (fetched.rawMessages.length === 0) return [];
      const items = fetched.messages.map((message) => new ReceivedRecord(topic, partition, message));
      const bytes = fetched.messages.reduce(
        (sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0),
        0,
      );
      const { highWatermark } = fetched;
      return [{ topic, partition, items, lastOffset: fetched.lastOffset(), highWatermark, bytes }];
    }),
  );
};

export const keyOf = ({ topic, partition }: TopicPartition) => `${topic}/${partition}`;
