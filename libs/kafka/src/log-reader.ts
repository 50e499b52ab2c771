import { ClientSockets } from './client-sockets.ts';
import { byTopic } from './committed-positions.ts';
import { type Address, type Broker, openBroker, toAddress, type Versions } from './kafkajs-broker.ts';
import { readingRecords } from './log-reading.ts';
import type { TopicPartition } from './partition-offset.ts';
import { wordsOf } from './pauses.ts';
import type { KafkaOptions, LogBounds, LogPart, LogReader } from './types.ts';

const LOG_START = '-2';
const LOG_END = '-1';
/** Nothing is waited for: who asks wants to know what is there. */
const LIMITS = { maxWaitMs: 0, maxBytes: 256 * 1024 };

/**
 * Logs, read by offset for one who compares them, over kafkajs's requests alone: no group, no position, no session. After a
 * failure everything is asked for anew.
 */
export class KafkaLogReader implements LogReader {
  readonly #kafka: KafkaOptions;
  #sockets = new ClientSockets();
  readonly #brokers = new Map<string, Promise<Broker>>();
  readonly #leaders = new Map<string, Promise<Map<number, Address>>>();
  #firstAnswering: Promise<Broker> | undefined;
  #closed = false;

  constructor(kafka: KafkaOptions) {
    this.#kafka = kafka;
  }

  async bounds(topic: string, partition: number): Promise<LogBounds> {
    const [start, end] = await Promise.all([
      this.#offsetAt({ topic, partition }, LOG_START),
      this.#offsetAt({ topic, partition }, LOG_END),
    ]);
    return { start, end };
  }

  async firstSince(topic: string, partition: number, timestampMs: number): Promise<string | null> {
    const offset = await this.#offsetAt({ topic, partition }, String(timestampMs));
    return BigInt(offset) < 0n ? null : offset;
  }

  read(topic: string, partition: number, offset: string): Promise<LogPart> {
    return this.#ask({ topic, partition }, async (leader) => {
      const wanted = { topic, partition, fetchOffset: offset, maxBytes: LIMITS.maxBytes };
      const [part] = await readingRecords(leader, [wanted], LIMITS);
      if (!part) return { records: [], nextOffset: offset };
      return { records: part.items, nextOffset: String(BigInt(part.lastOffset) + 1n) };
    });
  }

  close(): void {
    this.#closed = true;
    this.#sockets.close('the reader was closed');
  }

  #offsetAt(where: TopicPartition, timestamp: string): Promise<string> {
    return this.#ask(where, async (leader) => {
      const topics = byTopic([{ ...where, timestamp }]);
      const { responses } = await leader.listOffsets({ replicaId: -1, isolationLevel: 1, topics });
      const offset = responses[0]?.partitions[0]?.offset;
      if (offset === undefined) throw new Error('the leader named no offset');
      return String(offset);
    });
  }

  async #ask<T>(where: TopicPartition, question: (leader: Broker) => Promise<T>): Promise<T> {
    const sockets = this.#sockets;
    try {
      return await question(await this.#leaderOf(where));
    } catch (failure) {
      if (sockets === this.#sockets && !this.#closed) this.#beginAnew(wordsOf(failure));
      const what = `${where.topic}/${where.partition} at ${this.#kafka.brokers.join(', ')}`;
      throw new Error(`${what} could not be read: ${wordsOf(failure)}`, { cause: failure });
    }
  }

  #beginAnew(why: string): void {
    this.#sockets.close(why);
    this.#sockets = new ClientSockets();
    this.#brokers.clear();
    this.#leaders.clear();
    this.#firstAnswering = undefined;
  }

  async #leaderOf({ topic, partition }: TopicPartition): Promise<Broker> {
    let leaders = this.#leaders.get(topic);
    if (!leaders) {
      leaders = this.#findLeaders(topic);
      leaders.catch(() => undefined);
      this.#leaders.set(topic, leaders);
    }
    const leader = (await leaders).get(partition);
    if (!leader) throw new Error('nobody leads it');
    return this.#connected(leader, (await this.#seed()).versions ?? undefined);
  }

  async #findLeaders(topic: string): Promise<Map<number, Address>> {
    const { brokers, topicMetadata } = await (await this.#seed()).metadata([topic]);
    const led = topicMetadata.flatMap(({ partitionMetadata }) =>
      partitionMetadata.flatMap(({ partitionId, leader }): [number, Address][] => {
        const found = brokers.find(({ nodeId }) => nodeId === leader);
        return found ? [[partitionId, { host: found.host, port: found.port }]] : [];
      }),
    );
    return new Map(led);
  }

  /** The first of the named brokers that answers. */
  #seed(): Promise<Broker> {
    const connectTo = (broker: string) => this.#connected(toAddress(broker), undefined);
    this.#firstAnswering ??= Promise.any(this.#kafka.brokers.map(connectTo)).catch(({ errors }: AggregateError) => {
      throw errors[0];
    });
    return this.#firstAnswering;
  }

  #connected(address: Address, versions: Versions | undefined): Promise<Broker> {
    const key = `${address.host}:${address.port}`;
    const open = this.#brokers.get(key);
    if (open) return open;
    const broker = openBroker(this.#kafka, address, this.#sockets, versions);
    const connected = broker.connect().then(() => broker);
    connected.catch(() => undefined);
    this.#brokers.set(key, connected);
    return connected;
  }
}
