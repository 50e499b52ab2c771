import { ClientSockets } from './client-sockets.ts';
import { type Address, type Broker, openBroker, type TopicOf, toAddress } from './kafkajs-broker.ts';
import type { PartitionOffset, TopicPartition } from './partition-offset.ts';
import type { KafkaOptions } from './types.ts';

/** Kafka's number for a commit by somebody who is not in the group, taken while nobody else is. */
const NO_GENERATION = -1;

/**
 * How far a group has come, kept by its coordinator, for one who reads all by itself. Over a connection of its own: a
 * broker answers the requests of one connection in order, and a fetch may wait.
 */
export class CommittedPositions {
  readonly #kafka: KafkaOptions;
  readonly #groupId: string;
  /** Another of the brokers is asked each time, as one may be gone for long. */
  #timesConnected = 0;
  #open: { broker: Promise<Broker>; sockets: ClientSockets } | undefined;

  constructor(kafka: KafkaOptions, groupId: string) {
    this.#kafka = kafka;
    this.#groupId = groupId;
  }

  /** Where to go on; without the partitions of which nothing was committed. Rejects when that cannot be had now. */
  async load(partitions: readonly TopicPartition[]): Promise<PartitionOffset[]> {
    return this.#ask(async (broker) => {
      const { responses } = await broker.offsetFetch({ groupId: this.#groupId, topics: byTopic(partitions) });
      const found = responses.flatMap(({ topic, partitions: held }) =>
        held.map(({ partition, offset, metadata }) => ({ topic, partition, offset, note: metadata || undefined })),
      );
      return found.filter(({ offset }) => BigInt(offset) >= 0n);
    });
  }

  async commit(offsets: readonly PartitionOffset[]): Promise<void> {
    await this.#ask((broker) =>
      broker.offsetCommit({
        groupId: this.#groupId,
        groupGenerationId: NO_GENERATION,
        memberId: '',
        topics: byTopic(offsets.map(({ note, ...offset }) => ({ ...offset, metadata: note ?? null }))),
      }),
    );
  }

  close(why: string): void {
    this.#open?.sockets.close(why);
    this.#open = undefined;
  }

  async #ask<T>(question: (coordinator: Broker) => Promise<T>): Promise<T> {
    this.#open ??= this.#connect();
    const open = this.#open;
    try {
      return await question(await open.broker);
    } catch (failure) {
      // Another broker may be the coordinator now, and a connection that has failed once is not to be relied on.
      open.sockets.close('a request failed');
      if (this.#open === open) this.#open = undefined;
      throw failure;
    }
  }

  #connect() {
    const sockets = new ClientSockets();
    const find = async () => {
      const { brokers: seeds } = this.#kafka;
      const asked = toAddress(seeds[this.#timesConnected % seeds.length] as string);
      this.#timesConnected += 1;
      const broker = openBroker(this.#kafka, asked, sockets, undefined);
      await broker.connect();
      const { coordinator } = await broker.findGroupCoordinator({ groupId: this.#groupId, coordinatorType: 0 });
      return isSame(coordinator, asked) ? broker : this.#connected(coordinator, sockets, broker);
    };
    const broker = find();
    broker.catch(() => undefined);
    return { broker, sockets };
  }

  async #connected(address: Address, sockets: ClientSockets, { versions }: Broker): Promise<Broker> {
    const broker = openBroker(this.#kafka, address, sockets, versions ?? undefined);
    await broker.connect();
    return broker;
  }
}

export function byTopic<P extends { topic: string }>(partitions: readonly P[]): TopicOf<Omit<P, 'topic'>>[] {
  return [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, held]) => ({
    topic,
    partitions: held.map(({ topic: _, ...partition }) => partition),
  }));
}

const isSame = (a: Address, b: Address) => a.host === b.host && a.port === b.port;
