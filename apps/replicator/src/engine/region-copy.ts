import { setTimeout as pause } from 'node:timers/promises';
import { remoteTopic } from '@meridian/contracts';
import {
  type ClusterAdmin,
  createKafka,
  type IncomingRecord,
  type KafkaConnection,
  type RecordBatch,
  type RecordProducer,
  type RunningConsumer,
  type TopicPartitions,
} from '@meridian/kafka';
import { bytesOf, copyRecord } from './copy-record.ts';
import { inCopySpans } from './copy-spans.ts';
import type { CopySpecification, CopyStatus, ReplicationEngine, RunningCopy } from './replication-engine.ts';
import { copiesOf, sameTopics, topicsToCopy } from './topics-to-copy.ts';

export interface KafkajsEngineOptions {
  /** How often both clusters are asked for their topics. Default 5,000 ms. */
  refreshMs?: number;
}

/**
 * The engine to read: a consumer per topic at the origin, a producer at the target, and nothing between them but a new
 * topic name.
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
 * - A link carries one fetch of at most 4 MiB per round trip (17 MiB/s over 237 ms).
 * - Records are decoded and encoded again, though their values are not.
 * - A record that the target refuses for good holds its partition up until it is taken: leaving it out would lose it.
 */
export function createKafkajsEngine({ refreshMs = 5_000 }: KafkajsEngineOptions = {}): ReplicationEngine {
  return { name: 'kafkajs', start: (specification) => new KafkajsCopy(specification, refreshMs) };
}

/**
 * Longer, and fewer records of a quiet link meet an answer that is under way (a fifth of them over 237 ms). Shorter, and a
 * link that swallows everything is noticed sooner.
 */
const MAX_WAIT_MS = 1_000;
/** Short: a cluster that comes back is to be noticed well within 5 s. */
const RETRY_MS = 250;
/** What is not acknowledged by then when the process stops is left to the next one. */
const FINISH_WITHIN_MS = 1_000;

class KafkajsCopy implements RunningCopy {
  readonly #specification: CopySpecification;
  readonly #refreshMs: number;
  readonly #origin: KafkaConnection;
  readonly #target: KafkaConnection;
  readonly #originAdmin: ClusterAdmin;
  readonly #targetAdmin: ClusterAdmin;
  readonly #stopping = new AbortController();
  readonly #inHand = new Set<Promise<void>>();
  /** Why it fails, by what fails: `topics`, or a partition. */
  readonly #failing = new Map<string, string>();
  readonly #copied = { records: 0, bytes: 0, lastAt: null as Date | null };
  #topics: readonly TopicPartitions[] = [];
  #producer: RecordProducer | undefined;
  /** Which cluster the origin is: another one after its disk was lost, and then no position means anything there. */
  #originCluster: string | undefined;
  readonly #consumers = new Map<string, RunningConsumer>();
  #stopped: Promise<void> | undefined;

  constructor(specification: CopySpecification, refreshMs: number) {
    const { origin, target, logger } = specification;
    this.#specification = specification;
    this.#refreshMs = refreshMs;
    const clientId = `replicator.${target.region}`;
    this.#origin = createKafka({ clientId, brokers: origin.brokers, logger });
    this.#target = createKafka({ clientId, brokers: target.brokers, logger });
    this.#originAdmin = this.#origin.admin();
    this.#targetAdmin = this.#target.admin();
    void this.#followTopics();
  }

  status(): CopyStatus {
    const healths = [...this.#consumers.values()].map(({ health }) => health);
    const originConnected = healths.length > 0 && healths.every(({ connected }) => connected);
    const lags = healths.flatMap((health) => Object.values(health.lag()));
    return {
      targetConnected: this.#producer?.connected ?? false,
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
    const finished = Promise.allSettled([...this.#inHand]).then(() => this.#producer?.close());
    const closed = [...this.#consumers.values()].map((consumer) => consumer.close());
    await Promise.all([...closed, finished, this.#closeAdmins()]);
  }

  async #closeAdmins(): Promise<void> {
    await Promise.all([this.#originAdmin.close(), this.#targetAdmin.close()]);
  }

  async #followTopics(): Promise<void> {
    const { signal } = this.#stopping;
    // Before the origin is asked: whether this region can take records does not depend on another one.
    this.#producer = await this.#target.producer();
    if (signal.aborted) return this.#producer.close();
    while (!signal.aborted) {
      const refreshed = await this.#noting('topics', () => this.#refreshTopics()).then(
        () => true,
        () => false,
      );
      await pause(refreshed ? this.#refreshMs : RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
    await this.#closeAdmins();
  }

  async #refreshTopics(): Promise<void> {
    const { origin, regions } = this.#specification;
    await this.#followCluster();
    const topics = topicsToCopy(await this.#originAdmin.listTopics(), regions);
    // Also when nothing has changed: a target that lost its disk gets its topics again.
    await this.#targetAdmin.ensureTopics(copiesOf(topics, origin.region));
    if (!sameTopics(this.#topics, topics) && !this.#stopping.signal.aborted) await this.#copy(topics);
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
  }

  /** Topics that are copied already, with as many partitions, go on as they are. */
  async #copy(topics: readonly TopicPartitions[]): Promise<void> {
    const before = new Map(this.#topics.map(({ topic, partitions }) => [topic, partitions]));
    const now = new Map(topics.map(({ topic, partitions }) => [topic, partitions]));
    this.#topics = topics;
    this.#specification.logger.info({ topics: [...now.keys()] }, topics.length > 0 ? 'copying' : 'nothing to copy');
    const ended = [...this.#consumers.keys()].filter((topic) => now.get(topic) !== before.get(topic));
    await Promise.all(ended.map((topic) => this.#forget(topic)));
    const missing = [...now.keys()].filter((topic) => !this.#consumers.has(topic));
    await Promise.all(missing.map((topic) => this.#consume(topic)));
  }

  async #consume(topic: string): Promise<void> {
    const consumer = await this.#origin.consumeBatches({
      groupId: `replicator.${this.#specification.target.region}.${topic}@${this.#originCluster}`,
      topics: [topic],
      fromBeginning: true,
      maxWaitMs: MAX_WAIT_MS,
      onBatch: (batch) => this.#take(batch),
    });
    this.#consumers.set(topic, consumer);
    if (this.#stopping.signal.aborted) await consumer.close();
  }

  async #forget(topic: string): Promise<void> {
    const consumer = this.#consumers.get(topic);
    this.#consumers.delete(topic);
    for (const what of this.#failing.keys()) if (what.startsWith(`${topic}/`)) this.#failing.delete(what);
    await consumer?.close();
  }

  async #take(batch: RecordBatch): Promise<void> {
    if (this.#stopping.signal.aborted) throw new Error('The replicator stops; the batch is left to the next one.');
    const copying = this.#noting(`${batch.topic}/${batch.partition}`, () => this.#copyBatch(batch));
    this.#inHand.add(copying);
    await copying.finally(() => this.#inHand.delete(copying));
  }

  async #copyBatch({ topic, records }: RecordBatch): Promise<void> {
    const { origin, target } = this.#specification;
    await inCopySpans(records, { origin: origin.region, region: target.region }, () =>
      // Not by `batch.signal`, which also tells of a lost session: what is under way is then read again, and sent again
      // only after this one, so that order and memory stay what they are.
      unlessStopping(this.#send(remoteTopic(origin.region, topic), records), this.#stopping.signal),
    );
    this.#copied.records += records.length;
    for (const record of records) this.#copied.bytes += bytesOf(record);
    this.#copied.lastAt = new Date();
  }

  #send(topic: string, records: readonly IncomingRecord[]): Promise<void> {
    if (!this.#producer) throw new Error('there is no producer yet');
    return this.#producer.send(topic, records.map(copyRecord));
  }

  /** Runs `work` and keeps why it fails; an outage is logged once and not once per try. */
  async #noting(what: string, work: () => Promise<void>): Promise<void> {
    const { logger } = this.#specification;
    try {
      await work();
      if (this.#failing.delete(what)) logger.info({ what }, 'succeeds again');
    } catch (failure) {
      const why = failure instanceof Error ? failure.message || failure.name : String(failure);
      const isNew = !this.#failing.has(what) && !this.#stopping.signal.aborted;
      if (isNew) logger.warn({ what, why }, 'does not succeed; trying again');
      this.#failing.set(what, why);
      throw failure;
    }
  }
}

/** Waits for the acknowledgement; once the replicator stops, only for a moment longer. */
async function unlessStopping(sending: Promise<void>, stopping: AbortSignal): Promise<void> {
  const late = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const limit = () => {
    timer = setTimeout(() => late.reject(new Error('not acknowledged before the end')), FINISH_WITHIN_MS);
  };
  stopping.addEventListener('abort', limit, { once: true });
  try {
    await Promise.race([sending, late.promise]);
  } finally {
    clearTimeout(timer);
    stopping.removeEventListener('abort', limit);
  }
}
