import type { UndecodedBatch } from '@meridian/record-batches';
import { ClientSockets } from './client-sockets.ts';
import { type Address, type Broker, openBroker, toAddress, type Versions } from './kafkajs-broker.ts';
import { LeaderLine, lineOf } from './leader-line.ts';
import type { TopicPartition } from './partition-offset.ts';
import { type OpenClient, PersistentClient } from './persistent-client.ts';
import type { KafkaOptions, UndecodedProducer } from './types.ts';
import { readLastBatch } from './undecoded-fetch.ts';

/** The request wants a time for transactions, of which there are none. */
const NEW_PRODUCER = { transactionalId: null, transactionTimeout: 60_000 };

/** Writes batches as they are, to the leaders of their partitions; waits outages out as the `ResilientProducer` does. */
export class ResilientUndecodedProducer implements UndecodedProducer {
  readonly #client: PersistentClient<Leaders>;

  constructor(options: KafkaOptions) {
    this.#client = new PersistentClient((closed) => Leaders.open(options, closed), options.logger);
  }

  get connected(): boolean {
    return this.#client.connected;
  }

  write(topic: string, partition: number, batch: Uint8Array): Promise<void> {
    return this.#client.outstanding(() =>
      this.#client.deliver(async (leaders) => {
        try {
          const line = await leaders.lineTo({ topic, partition });
          await line.write({ topic, partition, batch });
        } catch (failure) {
          // Whatever it was, it may be that another broker leads the partition by now.
          leaders.forget(topic);
          throw failure;
        }
      }),
    );
  }

  newProducer(): Promise<{ producerId: bigint; producerEpoch: number }> {
    return this.#client.deliver(async ({ seed }) => {
      const made = await seed.initProducerId(NEW_PRODUCER);
      return { producerId: BigInt(made.producerId), producerEpoch: made.producerEpoch };
    });
  }

  lastBatch(topic: string, partition: number): Promise<UndecodedBatch | undefined> {
    return this.#client.deliver(async (leaders) => {
      try {
        const { broker } = await leaders.lineTo({ topic, partition });
        return await readLastBatch(await broker, { topic, partition });
      } catch (failure) {
        leaders.forget(topic);
        throw failure;
      }
    });
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

/** The brokers of a cluster, each connected to when it is found to lead something, by two lines that share its partitions. */
class Leaders implements OpenClient {
  readonly sockets: ClientSockets;
  readonly #options: KafkaOptions;
  readonly seed: Broker;
  readonly #lines = new Map<string, LeaderLine>();
  readonly #addresses = new Map<string, Promise<Map<number, Address>>>();

  private constructor(options: KafkaOptions, seed: Broker, sockets: ClientSockets) {
    this.#options = options;
    this.seed = seed;
    this.sockets = sockets;
  }

  /** By the first of the named brokers that answers. */
  static async open(options: KafkaOptions, closed: AbortSignal): Promise<Leaders> {
    const seeds = options.brokers.map(async (broker) => {
      const sockets = new ClientSockets();
      const seed = openBroker(options, toAddress(broker), sockets, undefined);
      await sockets.openedBy(() => seed.connect(), closed);
      // A broker that has given no producer a number yet refuses the first, and asks the controller for some meanwhile.
      seed.initProducerId(NEW_PRODUCER).catch(() => undefined);
      return new Leaders(options, seed, sockets);
    });
    const first = await Promise.any(seeds).catch(({ errors }: AggregateError) => {
      throw errors[0];
    });
    for (const seed of seeds)
      seed.then((one) => one !== first && one.sockets.close('another broker was first')).catch(() => undefined);
    return first;
  }

  async lineTo({ topic, partition }: TopicPartition): Promise<LeaderLine> {
    let addresses = this.#addresses.get(topic);
    if (!addresses) {
      addresses = this.#findLeaders(topic);
      addresses.catch(() => undefined);
      this.#addresses.set(topic, addresses);
    }
    const leader = (await addresses).get(partition);
    if (!leader) throw Object.assign(new Error(`nobody leads ${topic}/${partition}`), { type: 'LEADER_NOT_AVAILABLE' });
    const name = `${leader.host}:${leader.port} ${lineOf({ topic, partition })}`;
    let line = this.#lines.get(name);
    if (!line) {
      line = new LeaderLine(this.#connect(leader));
      this.#lines.set(name, line);
    }
    return line;
  }

  forget(topic: string): void {
    this.#addresses.delete(topic);
  }

  async disconnect(): Promise<void> {
    this.sockets.close('the producer was closed');
  }

  async #findLeaders(topic: string): Promise<Map<number, Address>> {
    const { brokers, topicMetadata } = await this.seed.metadata([topic]);
    const byId = new Map(brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
    const led = topicMetadata.find((one) => one.topic === topic)?.partitionMetadata ?? [];
    return new Map(
      led.flatMap(({ partitionId, leader }) => {
        const address = byId.get(leader);
        return address ? [[partitionId, address] as const] : [];
      }),
    );
  }

  async #connect(address: Address): Promise<Broker> {
    const broker = openBroker(this.#options, address, this.sockets, this.seed.versions as Versions);
    await broker.connect();
    return broker;
  }
}
