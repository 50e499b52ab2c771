import { ClientSockets } from './client-sockets.ts';
import { byTopic, type CommittedPositions } from './committed-positions.ts';
import type { ReadSettings } from './group-session.ts';
import { type Address, type Broker, openBroker, toAddress, type Versions } from './kafkajs-broker.ts';
import { type Lane, type Leader, LeaderReader, type LedPartition, wantedOf } from './leader-reader.ts';
import { LinkTimes } from './link-times.ts';
import { type LogIdentity, readLogIdentity } from './log-identity.ts';
import { type FetchedPart, keyOf, type Reading } from './log-reading.ts';
import type { LogItem } from './partition-lane.ts';
import type { PartitionOffset, TopicPartition } from './partition-offset.ts';
import { wordsOf } from './pauses.ts';
import type { KafkaOptions } from './types.ts';

/** What outlives a connection, so that the next one begins with a fetch. */
export interface ReaderMemory {
  /** Which broker leads what; undefined when it has to be asked for. */
  layout: { versions: Versions; brokers: number; partitions: readonly LedPartition[] } | undefined;
  /** Where to read on, by `<topic>/<partition>`. Undefined before the first connection. */
  positions: Map<string, string> | undefined;
  /** What was committed when the positions were learnt, as far as it was in the log. */
  committed: ReadonlyMap<string, PartitionOffset>;
  /** How often the cluster was asked who leads what: each time another of its brokers, as one may be gone for long. */
  timesAsked: number;
  /** Of which cluster and topics positions and layout are. */
  identity: LogIdentity | undefined;
  /** Topics that were made anew since: what is committed of them is of their predecessors. */
  readonly anew: Set<string>;
}

/**
 * Silence after which a connection is given up: before its first answer, and beyond what a fetch may wait. With 1.5 s for
 * the latter, brokers that shared two cores with all of a heal were given up while they were about to answer.
 */
const SILENT_OPENING_MS = 2_000;
const SILENT_BEYOND_FETCH_MS = 2_500;
const LOOK_EVERY_MS = 200;
/** The first answer proves the connection, and several may be asked for it: not all that has piled up, from each. */
const FIRST_BYTES = 256 * 1024;
const LOG_START = '-2';
const LOG_END = '-1';
/** Answers after which what is remembered of the cluster, or of the logs, is no longer right. */
const LAYOUT_CHANGED = new Set([
  ...['NOT_LEADER_FOR_PARTITION', 'LEADER_NOT_AVAILABLE', 'UNKNOWN_TOPIC_OR_PARTITION', 'UNSUPPORTED_VERSION'],
  ...['REPLICA_NOT_AVAILABLE', 'FENCED_LEADER_EPOCH', 'UNKNOWN_LEADER_EPOCH'],
]);

/** One time of being connected to the leaders of some topics, from opening until it is over, however it ends. */
export class LogSession<Item extends LogItem> {
  readonly #kafka: KafkaOptions;
  readonly #settings: ReadSettings;
  readonly #reading: Reading<Item>;
  readonly #memory: ReaderMemory;
  readonly #committed: CommittedPositions;
  readonly #sockets = new ClientSockets();
  readonly #over = new AbortController();
  readonly #watching: NodeJS.Timeout;
  /** What the session waits for an answer to, by when it was asked. */
  readonly #asked = new Map<symbol, number>();
  #maySilentMs = SILENT_OPENING_MS;
  readonly #readers: LeaderReader<Item>[] = [];
  #first: { leader: Leader<Item>; partitions: LedPartition[]; fetched: FetchedPart<Item>[] }[] = [];

  constructor(
    kafka: KafkaOptions,
    settings: ReadSettings,
    reading: Reading<Item>,
    memory: ReaderMemory,
    committed: CommittedPositions,
  ) {
    this.#kafka = kafka;
    this.#settings = settings;
    this.#reading = reading;
    this.#memory = memory;
    this.#committed = committed;
    this.#watching = setInterval(() => {
      if (this.#silentMs() > this.#maySilentMs) this.close(`no answer for ${Math.round(this.#silentMs())} ms`);
    }, LOOK_EVERY_MS);
  }

  /** Whether it is connected, and would not be given up soon. */
  get connected(): boolean {
    return !this.#over.signal.aborted && this.#sockets.connected && this.#silentMs() < this.#maySilentMs;
  }

  /** How many times as much as usual it reads at a time, of the leader where that is most. */
  get times(): number {
    return Math.max(1, ...this.#readers.map(({ times }) => times));
  }

  /** Resolves when every leader has answered a fetch: records can be had. Rejects when the session is over before. */
  async open(): Promise<void> {
    const layout = this.#memory.layout ?? (await this.#learnLayout());
    const learnt = this.#memory.positions ? undefined : await this.#learnPositions(layout);
    const positions = this.#memory.positions ?? (learnt as Learnt).positions;
    const byLeader = Map.groupBy(layout.partitions, ({ leader }) => `${leader.host}:${leader.port}`);
    this.#first = await Promise.all(
      [...byLeader.values()].map(async (partitions) => {
        // Where there are others, one that is not reached may lead nothing any more; a single one leads when it is back.
        if (layout.brokers > 1) this.#memory.layout = undefined;
        const broker = await this.#connect((partitions[0] as LedPartition).leader, layout.versions);
        const leader = this.#leaderAt(broker);
        // First what is answered without reading a log: it says best how far away the leader is.
        const [identity, fetched] = await Promise.all([
          leader.identity(),
          leader.fetch(wantedOf(partitions, positions, FIRST_BYTES), { maxWaitMs: 0, maxBytes: FIRST_BYTES }),
        ]);
        this.#compare(identity);
        return { leader, partitions, fetched };
      }),
    );
    // What several sessions learn at once is the same but for its age.
    this.#memory.layout = layout;
    if (!this.#memory.positions && learnt) {
      Object.assign(this.#memory, { positions, committed: learnt.committed });
      this.#memory.anew.clear();
      for (const begun of learnt.begun) this.#settings.onNothingCommitted?.(begun);
    }
    this.#maySilentMs = this.#settings.maxWaitMs + SILENT_BEYOND_FETCH_MS;
  }

  /** Hands on what it reads until it is over; resolves with why. Only one that was opened. */
  async read(laneOf: LaneOf<Item>): Promise<string> {
    const { signal } = this.#over;
    for (const { leader, partitions, fetched } of this.#first) {
      const lanes = new Map(partitions.map((one) => [one, laneOf(one.topic, one.partition)]));
      const reader = new LeaderReader(leader, this.#settings, this.#memory.positions as Map<string, string>, lanes);
      this.#readers.push(reader);
      reader.read(fetched, FIRST_BYTES, signal).catch((failure) => this.#fail(failure));
    }
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    return String(signal.reason);
  }

  close(why: string): void {
    if (this.#over.signal.aborted) return;
    clearInterval(this.#watching);
    for (const reader of this.#readers) reader.close();
    this.#over.abort(why);
    this.#sockets.close(why);
  }

  #leaderAt(broker: Broker): Leader<Item> & { identity(): Promise<LogIdentity> } {
    const link = new LinkTimes(broker.answers);
    return {
      link,
      fetch: (wanted, limits) => link.of(() => this.#ask(this.#reading(broker, wanted, limits))),
      identity: () => link.of(() => this.#ask(readLogIdentity(broker, this.#settings.topics))),
    };
  }

  async #learnLayout() {
    const { topics } = this.#settings;
    const { brokers: seeds } = this.#kafka;
    const seed = seeds[this.#memory.timesAsked % seeds.length] as string;
    this.#memory.timesAsked += 1;
    const broker = await this.#connect(toAddress(seed), undefined);
    const { brokers, topicMetadata } = await this.#ask(broker.metadata(topics));
    const isRead = this.#settings.owns ?? (() => true);
    const partitions = topicMetadata.flatMap(({ topic, partitionMetadata }) =>
      partitionMetadata
        .filter(({ partitionId }) => isRead({ topic, partition: partitionId }))
        .map(({ partitionId: partition, leader: id }) => {
          const leader = brokers.find(({ nodeId }) => nodeId === id);
          if (!leader) throw new Error(`nobody leads ${topic}/${partition}`);
          return { topic, partition, leader: { host: leader.host, port: leader.port } };
        }),
    );
    return { versions: broker.versions as Versions, brokers: brokers.length, partitions };
  }

  /** What is committed, as far as it is in the log; else the end of the log that the settings name. */
  async #learnPositions({ versions, partitions }: NonNullable<ReaderMemory['layout']>): Promise<Learnt> {
    const held = (await this.#ask(this.#committed.load(partitions))).filter(
      ({ topic }) => !this.#memory.anew.has(topic),
    );
    const committed = new Map(held.map((one) => [keyOf(one), one]));
    const positions = new Map([...committed].map(([key, { offset }]) => [key, offset]));
    const begun: TopicPartition[] = [];
    const byLeader = Map.groupBy(partitions, ({ leader }) => `${leader.host}:${leader.port}`);
    for (const led of byLeader.values()) {
      const broker = await this.#connect((led[0] as LedPartition).leader, versions);
      const [starts, ends] = await Promise.all([this.#ends(broker, led, LOG_START), this.#ends(broker, led, LOG_END)]);
      for (const { topic, partition } of led) {
        const key = keyOf({ topic, partition });
        const [start, end, held] = [starts.get(key) as string, ends.get(key) as string, positions.get(key)];
        if (held === undefined) {
          positions.set(key, this.#settings.fromBeginning ? start : end);
          begun.push({ topic, partition });
        } else if (BigInt(held) < BigInt(start) || BigInt(held) > BigInt(end)) {
          // One that fell out of the log begins anew: what was missed is lost otherwise.
          positions.set(key, start);
          committed.delete(key);
          this.#sayOutOfLog(key, held, start, end);
        }
      }
    }
    return { positions, committed, begun };
  }

  #sayOutOfLog(log: string, heldOffset: string, startOffset: string, endOffset: string): void {
    const { groupId } = this.#settings;
    const lost = BigInt(startOffset) - BigInt(heldOffset);
    const details = { groupId, log, heldOffset, startOffset, endOffset };
    if (lost > 0n)
      this.#kafka.logger?.error({ ...details, lost: String(lost) }, 'records were deleted before they were read');
    else this.#kafka.logger?.error(details, 'a log is shorter than what was read of it; it is read from its beginning');
  }

  async #ends(broker: Broker, partitions: readonly LedPartition[], timestamp: string): Promise<Map<string, string>> {
    const topics = byTopic(partitions.map(({ topic, partition }) => ({ topic, partition, timestamp })));
    const { responses } = await this.#ask(broker.listOffsets({ replicaId: -1, isolationLevel: 1, topics }));
    const ends = responses.flatMap(({ topic, partitions: held }) => held.map((one) => ({ topic, ...one })));
    return new Map(ends.map((one) => [keyOf(one), String(one.offset)]));
  }

  /**
   * Whether the logs are those that the positions are of: an offset means nothing in another one, and where that is long enough
   * nobody would miss what lies before it. What becomes of another cluster is for whoever holds the reader to decide.
   */
  #compare(identity: LogIdentity): void {
    const before = this.#memory.identity;
    if (before && before.clusterId !== identity.clusterId) this.#refuse('it is another cluster than before');
    const anew = [...identity.topicIds].filter(([topic, id]) => (before?.topicIds.get(topic) ?? id) !== id);
    this.#memory.identity = { ...identity, topicIds: new Map([...(before?.topicIds ?? []), ...identity.topicIds]) };
    if (anew.length === 0) return;
    for (const [topic] of anew) this.#memory.anew.add(topic);
    this.#memory.positions = undefined;
    this.#memory.layout = undefined;
    this.#refuse(`${anew.map(([topic]) => topic).join(', ')} was deleted and made anew`);
  }

  #refuse(why: string): never {
    this.close(why);
    throw new Error(why);
  }

  async #connect(address: Address, versions: Versions | undefined): Promise<Broker> {
    const broker = openBroker(this.#kafka, address, this.#sockets, versions);
    await this.#ask(broker.connect());
    return broker;
  }

  async #ask<T>(question: Promise<T>): Promise<T> {
    const id = Symbol();
    this.#asked.set(id, performance.now());
    try {
      return await question;
    } catch (failure) {
      this.#fail(failure);
      throw failure;
    } finally {
      this.#asked.delete(id);
    }
  }

  #fail(failure: unknown): void {
    const { type, name } = failure as { type?: string; name?: string };
    if (LAYOUT_CHANGED.has(type ?? '')) this.#memory.layout = undefined;
    // The log was shortened or made anew, or deleted, and its positions with it.
    if (type === 'OFFSET_OUT_OF_RANGE' || type === 'UNKNOWN_TOPIC_OR_PARTITION' || name === 'KafkaJSOffsetOutOfRange')
      this.#memory.positions = undefined;
    this.close(wordsOf(failure));
  }

  /** How long nothing has come while something is asked. */
  #silentMs(): number {
    const [askedAtMs] = this.#asked.values();
    return askedAtMs === undefined ? 0 : performance.now() - Math.max(askedAtMs, this.#sockets.receivedAtMs);
  }
}

interface Learnt {
  positions: Map<string, string>;
  committed: Map<string, PartitionOffset>;
  /** Of which nothing was committed. */
  begun: TopicPartition[];
}
type LaneOf<Item> = (topic: string, partition: number) => Lane<Item>;
