import { ClientSockets } from './client-sockets.ts';
import { byTopic, type CommittedPositions } from './committed-positions.ts';
import type { ReadSettings } from './group-session.ts';
import { type Address, type Broker, type Connection, openBroker, toAddress, type Versions } from './kafkajs-broker.ts';
import { type LogIdentity, readLogIdentity } from './log-identity.ts';
import { type FetchedPart, keyOf, type Reading } from './log-reading.ts';
import type { LogItem } from './partition-lane.ts';
import type { PartitionOffset, TopicPartition } from './partition-offset.ts';
import { atMost, wordsOf } from './pauses.ts';
import type { KafkaOptions } from './types.ts';
import { timesWanted, WideReads } from './wide-reads.ts';

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
interface LedPartition {
  topic: string;
  partition: number;
  leader: Address;
}
/** A partition's worker, as far as reading is concerned. */
export interface Lane<Item> {
  readonly hasRoom: boolean;
  untilRoom(): Promise<void>;
  accept(
    read: readonly Item[],
    lastOffset: string,
    highWatermark: string,
    bytes: number,
    release: (() => void) | undefined,
  ): void;
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
/** Of 4 MiB each: one reader has all that it wants, and another one some. */
const wideReads = new WideReads(4);
/** A full lane holds the next fetch back this long; then the others are read on without it, and asked about it soon. */
const HOLD_FETCH_MS = 1_000;
const WITHOUT_FULL_MS = 200;
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
  /** The shortest time from a fetch to its answer: a round trip, and what cannot be hurried. The first waits for nothing. */
  #leastMs = Number.POSITIVE_INFINITY;
  /** How many times as much as usual it reads of its leaders at a time: more where there is a backlog and they are far away, over a quick link. */
  readonly #times = new Map<object, number>();
  #first: { broker: Broker; partitions: LedPartition[]; fetched: FetchedPart<Item>[] }[] = [];

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
    return Math.max(1, ...this.#times.values());
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
        const [fetched, identity] = await Promise.all([
          this.#fetch(broker, partitions, positions, 0, FIRST_BYTES),
          this.#ask(readLogIdentity(broker, this.#settings.topics)),
        ]);
        this.#compare(identity);
        return { broker, partitions, fetched };
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
    for (const { broker, partitions, fetched } of this.#first)
      this.#follow(broker, partitions, fetched, laneOf).catch((failure) => this.#fail(failure));
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    return String(signal.reason);
  }

  close(why: string): void {
    if (this.#over.signal.aborted) return;
    clearInterval(this.#watching);
    for (const leader of this.#times.keys()) wideReads.judge(leader, 1);
    this.#over.abort(why);
    this.#sockets.close(why);
  }

  async #follow(
    broker: Broker,
    partitions: LedPartition[],
    first: FetchedPart<Item>[],
    laneOf: LaneOf<Item>,
  ): Promise<void> {
    const { maxWaitMs, maxBytes, maxBytesPerPartition } = this.#settings;
    const lanes = new Map(partitions.map((one) => [one, laneOf(one.topic, one.partition)]));
    const positions = this.#memory.positions as Map<string, string>;
    const { socket } = broker.connectionPool.pool[0] as Connection;
    const usualBytes = Math.min(maxBytes, partitions.length * maxBytesPerPartition);
    // How much longer than a round trip a usual answer takes, at the rate at which the last one came. Of the first it says nothing.
    let usualMs = Number.POSITIVE_INFINITY;
    let answer = first;
    while (!this.#over.signal.aborted) {
      let mostBytes = 0;
      for (const { topic, partition, items, lastOffset, highWatermark, bytes, release } of answer) {
        const lane = laneOf(topic, partition);
        // What the first answer of a session brings, nobody has asked for room for. It is fetched again when there is some.
        if (!lane.hasRoom) continue;
        lane.accept(items, lastOffset, highWatermark, bytes, release);
        positions.set(keyOf({ topic, partition }), String(BigInt(lastOffset) + 1n));
        mostBytes = Math.max(mostBytes, bytes);
        putLast(lanes, partition, topic);
      }
      // Held up, it needs no more at a time, and others may.
      if ([...lanes.values()].every((lane) => !lane.hasRoom)) this.#timesOf(broker, 0, usualMs);
      const roomy = await withRoom(lanes);
      if (this.#over.signal.aborted) return;
      const times = this.#timesOf(broker, mostBytes, usualMs);
      const waitMs = roomy.length < partitions.length ? Math.min(WITHOUT_FULL_MS, maxWaitMs) : maxWaitMs;
      const [askedMs, before] = [performance.now(), socket.bytesRead];
      answer = await this.#fetch(broker, roomy, positions, waitMs, times * maxBytes, times * maxBytesPerPartition);
      usualMs = (usualBytes * (performance.now() - askedMs - this.#leastMs)) / (socket.bytesRead - before);
    }
  }

  /** How much more of a leader is read at a time, after an answer with so many bytes of one of its partitions. */
  #timesOf(leader: Broker, bytesOfOne: number, usualMs: number): number {
    const isBacklog = bytesOfOne >= this.#settings.maxBytesPerPartition / 2;
    const times = wideReads.judge(leader, isBacklog ? timesWanted(this.#leastMs, usualMs) : 1);
    this.#times.set(leader, times);
    return times;
  }

  async #fetch(
    broker: Broker,
    partitions: readonly LedPartition[],
    positions: ReadonlyMap<string, string>,
    maxWaitMs: number,
    maxBytes: number,
    maxBytesPerPartition = maxBytes,
  ): Promise<FetchedPart<Item>[]> {
    const wanted = partitions.map(({ topic, partition }) => ({
      ...{ topic, partition, fetchOffset: positions.get(keyOf({ topic, partition })) as string },
      maxBytes: Math.min(maxBytes, maxBytesPerPartition),
    }));
    const askedMs = performance.now();
    const answer = await this.#ask(this.#reading(broker, wanted, { maxWaitMs, maxBytes }));
    this.#leastMs = Math.min(this.#leastMs, performance.now() - askedMs);
    return answer;
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

/** A broker fills an answer in the order in which it is asked: who was given something is the last to be asked for next time. */
function putLast(lanes: Map<LedPartition, unknown>, partition: number, topic: string): void {
  for (const [led, lane] of lanes) {
    if (led.partition !== partition || led.topic !== topic) continue;
    lanes.delete(led);
    lanes.set(led, lane);
    return;
  }
}

/** The partitions that can take more: all of them, if that is so soon; else those that can, at least one. */
async function withRoom(lanes: ReadonlyMap<LedPartition, Lane<never>>): Promise<LedPartition[]> {
  const full = [...lanes.values()].filter((lane) => !lane.hasRoom);
  if (full.length > 0) await atMost(HOLD_FETCH_MS, Promise.all(full.map((lane) => lane.untilRoom())));
  if (full.length === lanes.size) await Promise.race(full.map((lane) => lane.untilRoom()));
  return [...lanes].filter(([, lane]) => lane.hasRoom).map(([partition]) => partition);
}
