import { setTimeout as pause } from 'node:timers/promises';
import { remoteTopic } from '@meridian/contracts';
import {
  type ClusterAdmin,
  createKafka,
  type KafkaConnection,
  type RunningConsumer,
  type TopicPartitions,
} from '@meridian/kafka';
import type { Carriage, CopyContext, TargetWriter } from './carriage.ts';
import type { CopySpecification, CopyStatus, RunningCopy } from './replication-engine.ts';
import { copiesOf, sameTopics, topicsToCopy } from './topics-to-copy.ts';
import { unlessStopping } from './unless-stopping.ts';

/**
 * Longer, and fewer records of a quiet link meet an answer that is under way (a fifth of them over 237 ms). Shorter, and a
 * link that swallows everything is noticed sooner.
 */
const MAX_WAIT_MS = 1_000;
/** Short: a cluster that comes back is to be noticed well within 5 s. */
const RETRY_MS = 250;
/** No partition of a topic is this replicator's. */
const NONE = 'none';

/**
 * The copy of one origin's topics, however an engine carries the records: follows the topics and the cluster, keeps a
 * consumer per topic and what fails, and stops in time.
 *
 * The position is committed under the name `replicator.<region>.<topic>@<cluster>` in the **origin's** cluster. It could stand in
 * the target beside the records, in one transaction with them, and then nothing would ever come twice. In a prototype that
 * took a quarter of the throughput and made 21 ms of a median of 4, to spare consumers what they must bear anyway: an
 * event is a delta-state, and applying it twice changes nothing (docs/adr/0003).
 *
 * A fetch is answered when there is something to read or after `MAX_WAIT_MS`, so a quiet link has one request waiting at
 * the far end, and a record that appears there is under way at once. While the answer and the next fetch are under way
 * nothing waits there: a record that appears then is late by up to one round trip. That is why commits must not stand
 * between two fetches; @meridian/kafka lets the next one leave while a batch is copied, and commits beside it. It is also
 * why each topic has a consumer of its own: one business operation often writes to two topics (stock, then the order),
 * and with one fetch for both the second record would always meet the gap that the first one has made.
 *
 * Limits:
 * - Where several records appear per round trip, most of them meet that gap: the median is late by half a round trip.
 * - A link carries one fetch per topic and round trip, of at most 4 MiB, or 16 from afar (68 MiB/s over 237 ms).
 * - A record that the target refuses for good holds its partition up until it is taken: leaving it out would lose it.
 */
export class RegionCopy<Writer extends TargetWriter> implements RunningCopy {
  readonly #carriage: Carriage<Writer>;
  readonly #specification: CopySpecification;
  readonly #refreshMs: number;
  readonly #origin: KafkaConnection;
  readonly #target: KafkaConnection;
  readonly #originAdmin: ClusterAdmin;
  readonly #targetAdmin: ClusterAdmin;
  readonly #stopping = new AbortController();
  readonly #unlessStopping = unlessStopping(this.#stopping.signal);
  readonly #inHand = new Set<Promise<unknown>>();
  /** Why it fails, by what fails: `topics`, or a partition. */
  readonly #failing = new Map<string, string>();
  readonly #copied = { records: 0, bytes: 0, lastAt: null as Date | null };
  #topics: readonly TopicPartitions[] = [];
  #writer: Writer | undefined;
  /** Which cluster the origin is: another one after its disk was lost, and then no position means anything there. */
  #originCluster: string | undefined;
  readonly #consumers = new Map<string, RunningConsumer>();
  #stopped: Promise<void> | undefined;
  /** Ends the pause between two looks at the topics. */
  #refreshed = new AbortController();
  /** The partitions whose copy has records, by topic. Nothing is written to a copy before it is known. */
  readonly #copiedPartitions = new Map<string, Promise<Set<number>>>();
  /** The partitions that are read, by topic. */
  readonly #read = new Map<string, string>();

  constructor(carriage: Carriage<Writer>, specification: CopySpecification, refreshMs: number) {
    this.#carriage = carriage;
    const { origin, target, logger } = specification;
    this.#specification = specification;
    this.#refreshMs = refreshMs;
    const clientId = `replicator.${target.region}`;
    this.#origin = createKafka({ clientId, brokers: origin.brokers, logger });
    this.#target = createKafka({ clientId, brokers: target.brokers, logger });
    this.#originAdmin = this.#origin.admin();
    this.#targetAdmin = this.#target.admin();
    specification.shares?.onDivided(() => this.#refreshed.abort());
    void this.#followTopics();
  }

  status(): CopyStatus {
    const healths = [...this.#consumers.values()].map(({ health }) => health);
    const originConnected = healths.length > 0 && healths.every(({ connected }) => connected);
    const lags = healths.flatMap((health) => Object.values(health.lag()));
    return {
      targetConnected: this.#writer?.connected ?? false,
      originConnected,
      topics: this.#topics.map(({ topic }) => topic),
      behind: originConnected ? lags.reduce((sum, records) => sum + records, 0) : null,
      copiedRecords: this.#copied.records,
      copiedBytes: this.#copied.bytes,
      lastCopiedAt: this.#copied.lastAt,
      failing: this.#failing.values().next().value ?? null,
    };
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    // Not after the consumer: with both clusters away, each takes its full time to give up.
    const finished = Promise.allSettled([...this.#inHand]).then(() => this.#writer?.close());
    const closed = [...this.#consumers.values()].map((consumer) => consumer.close());
    await Promise.all([...closed, finished, this.#closeAdmins()]);
  }

  async #closeAdmins(): Promise<void> {
    await Promise.all([this.#originAdmin.close(), this.#targetAdmin.close()]);
  }

  async #followTopics(): Promise<void> {
    const { signal } = this.#stopping;
    // Beside what else has to be asked first: an origin that never had a group takes its time.
    void this.#originAdmin.wakeGroups();
    // Before the origin is asked: whether this region can take records does not depend on another one.
    this.#writer = await this.#carriage.openWriter(this.#target);
    if (signal.aborted) return this.#writer.close();
    while (!signal.aborted) {
      // Before anything is asked, so that a division meanwhile is not missed.
      this.#refreshed = new AbortController();
      const refreshed = await this.#noting('topics', () => this.#refreshTopics()).then(
        () => true,
        () => false,
      );
      const woken = AbortSignal.any([signal, this.#refreshed.signal]);
      await pause(refreshed ? this.#refreshMs : RETRY_MS, undefined, { signal: woken }).catch(() => undefined);
    }
    await this.#closeAdmins();
  }

  async #refreshTopics(): Promise<void> {
    const { origin, regions } = this.#specification;
    await this.#followCluster();
    const topics = topicsToCopy(await this.#originAdmin.listTopics(), regions);
    // Also when nothing has changed: a target that lost its disk gets its topics again.
    const ensured = this.#targetAdmin.ensureTopics(copiesOf(topics, origin.region));
    ensured.catch(() => undefined);
    // At the start a target that is there makes them while the origin is asked where to begin; for one that is away nothing is begun.
    // Later, or when that has failed once, what is copied already goes on until the target has what is new.
    const isStart = this.#consumers.size === 0 && !this.#failing.has('topics');
    if (!isStart || !this.#writer?.connected) await ensured;
    const isDivided = topics.some((one) => this.#read.get(one.topic) !== this.#partitionsOf(one));
    const isChanged = isDivided || !sameTopics(this.#topics, topics);
    if (isChanged && !this.#stopping.signal.aborted) await this.#copy(topics, ensured);
    await ensured;
  }

  /**
   * An origin that lost its disk begins new logs at offset 0. A consumer remembers where it was in the old ones, and once a
   * new one is as long it would go on from there and leave out what is before. So all begin anew, under another name.
   */
  async #followCluster(): Promise<void> {
    const cluster = await this.#originAdmin.clusterId();
    const before = this.#originCluster;
    this.#originCluster = cluster;
    if (before === undefined || before === cluster) return;
    this.#specification.logger.warn(
      { before, cluster },
      'the origin is another cluster; its logs are copied from the beginning',
    );
    await Promise.all([...this.#consumers.keys()].map((topic) => this.#forget(topic)));
    this.#topics = [];
    this.#read.clear();
  }

  /** Topics that are copied already, with as many partitions, go on as they are. `ensured`: when the target has all of them. */
  async #copy(topics: readonly TopicPartitions[], ensured: Promise<void>): Promise<void> {
    const now = new Map(topics.map((one) => [one.topic, this.#partitionsOf(one)]));
    this.#topics = topics;
    this.#specification.logger.info({ topics: [...now.keys()] }, topics.length > 0 ? 'copying' : 'nothing to copy');
    const ended = [...this.#consumers.keys()].filter((topic) => now.get(topic) !== this.#read.get(topic));
    await Promise.all(ended.map((topic) => this.#forget(topic)));
    for (const topic of this.#read.keys()) if (!this.#consumers.has(topic)) this.#read.delete(topic);
    const missing = [...now].filter(([topic]) => !this.#consumers.has(topic));
    const begun = missing.map(async ([topic, partitions]) => {
      if (partitions !== NONE) await this.#consume(topic, ensured);
      // Only now: what could not be begun is begun at the next look.
      this.#read.set(topic, partitions);
    });
    // All of them are waited for, as the next look must not begin one that is still being begun.
    for (const one of await Promise.allSettled(begun)) if (one.status === 'rejected') throw one.reason;
  }

  #owns(topic: string, partition: number): boolean {
    const { shares, origin } = this.#specification;
    return shares?.owns(origin.region, topic, partition) ?? true;
  }

  /** How many there are, and which of them are this replicator's. */
  #partitionsOf({ topic, partitions }: TopicPartitions): string {
    const owned = [...Array(partitions).keys()].filter((partition) => this.#owns(topic, partition));
    return owned.length === 0 ? NONE : `${owned.join(',')} of ${partitions}`;
  }

  async #consume(topic: string, ensured: Promise<void>): Promise<void> {
    const groupId = `replicator.${this.#specification.target.region}.${topic}@${this.#originCluster}`;
    // Asked beside what the consumer has to ask before its first record, and waited for before that is written.
    const copied = this.#partitionsWithRecords(topic, ensured);
    const onNothingCommitted = (where: { partition: number }) => void this.#sayWhatIsCopiedAgain(topic, where, copied);
    const owns = ({ partition }: { partition: number }) => this.#owns(topic, partition);
    const reading = { origin: this.#origin, topic, groupId, maxWaitMs: MAX_WAIT_MS, owns, onNothingCommitted };
    const consumer = await this.#carriage.carry(reading, (where, copy) => this.#take(where, copy));
    this.#consumers.set(topic, consumer);
    if (this.#stopping.signal.aborted) await consumer.close();
    try {
      await copied;
    } catch (failure) {
      await this.#forget(topic);
      throw failure;
    }
  }

  #partitionsWithRecords(topic: string, ensured: Promise<void>): Promise<Set<number>> {
    const ask = async () => {
      await ensured;
      const ends = await this.#targetAdmin.logEnd(remoteTopic(this.#specification.origin.region, topic));
      const copied = Object.entries(ends).filter(([, end]) => end !== '0');
      return new Set(copied.map(([partition]) => Number(partition)));
    };
    const copied = ask();
    copied.catch(() => undefined);
    this.#copiedPartitions.set(topic, copied);
    return copied;
  }

  /**
   * A log without a position is a new one, and then its copy is empty. If it is not, the topic was deleted and made again, with
   * which Kafka forgets the positions in it, or somebody has deleted them. What is there is copied either way.
   */
  async #sayWhatIsCopiedAgain(topic: string, { partition }: { partition: number }, copied: Promise<Set<number>>) {
    // What is not known is begun anew, and asked again then.
    const isCopied = await copied.then(
      (partitions) => partitions.has(partition),
      () => false,
    );
    if (isCopied)
      this.#specification.logger.error(
        { log: `${topic}/${partition}` },
        'the copy of a log has records, and no position is left in the log: it is copied from its beginning',
      );
  }

  async #forget(topic: string): Promise<void> {
    const consumer = this.#consumers.get(topic);
    this.#consumers.delete(topic);
    for (const what of this.#failing.keys()) if (what.startsWith(`${topic}/`)) this.#failing.delete(what);
    await consumer?.close();
  }

  async #take<T>(where: Where, copy: Copying<Writer, T>): Promise<T> {
    const { topic, partition } = where;
    if (this.#stopping.signal.aborted) throw new Error('The replicator stops; the batch is left to the next one.');
    const copying = this.#noting(`${topic}/${partition}`, () => this.#copyWith(where, copy));
    this.#inHand.add(copying);
    return await copying.finally(() => this.#inHand.delete(copying));
  }

  async #copyWith<T>({ topic, partition }: Where, copy: Copying<Writer, T>): Promise<T> {
    if (!this.#writer) throw new Error('there is nothing to write with yet');
    const copied = await this.#unlessStopping(async () => this.#copiedPartitions.get(topic));
    const { origin, target, logger } = this.#specification;
    return await copy({
      writer: this.#writer,
      link: { origin: origin.region, region: target.region },
      logger,
      // Not by the batch's own signal, which also tells of a lost session: what is under way is then read again, and sent
      // again only after this one, so that order and memory stay what they are.
      unlessStopping: this.#unlessStopping,
      onCopied: ({ records, bytes }) => {
        this.#copied.records += records;
        this.#copied.bytes += bytes;
        this.#copied.lastAt = new Date();
        copied?.add(partition);
      },
    });
  }

  /** Runs `work` and keeps why it fails; an outage is logged once and not once per try. */
  async #noting<T>(what: string, work: () => Promise<T>): Promise<T> {
    const { logger } = this.#specification;
    try {
      const done = await work();
      if (this.#failing.delete(what)) logger.info({ what }, 'succeeds again');
      return done;
    } catch (failure) {
      const why = failure instanceof Error ? failure.message || failure.name : String(failure);
      const isNew = !this.#failing.has(what) && !this.#stopping.signal.aborted;
      if (isNew) logger.warn({ what, why }, 'does not succeed; trying again');
      this.#failing.set(what, why);
      throw failure;
    }
  }
}

interface Where {
  topic: string;
  partition: number;
}
type Copying<Writer, T> = (context: CopyContext<Writer>) => Promise<T>;
