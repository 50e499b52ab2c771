import { setTimeout as pause } from 'node:timers/promises';
import { PARTITIONS_PER_TOPIC, type Topic } from '@meridian/contracts';
import {
  type AppliedHorizons,
  compactInbox,
  GapWatch,
  missingSequences,
  noteDeadLetter,
  settleDeadLetters,
} from '@meridian/inbox';
import {
  createKafka,
  type HandleTogether,
  type IncomingRecord,
  inProcessSpan,
  type KafkaConnection,
  type RecordPosition,
  type RecordProducer,
  type RunningConsumer,
} from '@meridian/kafka';
import { type OutboxRelay, readPendingEvents, startOutboxRelay } from '@meridian/outbox';
import type pg from 'pg';
import type { Logger } from 'pino';
import { type Redelivery, toDeadLetterNote } from './dead-letters.ts';
import { FollowHorizons } from './follow-horizons.ts';
import { publishedEvents, type WrittenEvent } from './published-events.ts';

/** Often enough that the inbox stays small, seldom enough not to be seen. */
const TIDY_EVERY_MS = 10_000;
/** Partitions run side by side, and a link may be slow: what is missing for longer does not come by itself. */
const GAP_IS_OLD_AFTER_MS = 30_000;
/** What is not written down is found again after a restart, within the second of a heartbeat. */
const WRITE_HORIZONS_EVERY_MS = 1_000;
const LOAD_AGAIN_MS = 250;
/** What is not published by then is, under the same sequences, by the next process: a stop need not wait for Kafka. */
const RELAY_CLOSE_MS = 2_000;

export interface EventStreamsOptions {
  service: string;
  region: string;
  brokers: string[];
  /** Default: the service's name. */
  consumerGroup?: string;
  databaseUrl: string;
  /** For the inbox. */
  pool: pg.Pool;
  logger: Logger;
  /** Who takes the records of which topic. */
  consumers: Readonly<Record<string, (record: IncomingRecord) => Promise<void>>>;
  /** Who takes several records of a topic at once. Default: nobody. */
  together?: Readonly<Record<string, HandleTogether>>;
  /** How far each source has been applied. */
  horizons: AppliedHorizons;
  /** The topics of this service's own, whose quiet partitions are told how far it has come. Default: none. */
  heartbeatTopics?: readonly string[];
  /** Nothing is published or consumed before it resolves. Default: at once. */
  mayBegin?: () => Promise<void>;
  /** Of each topic, where that is not what contracts say. */
  partitions?: number;
  /** Between two compactions of the inbox, and looks for gaps. Default 10 s. */
  tidyEveryMs?: number;
  /** A gap is said in the log when it has been open for this long. Default 30 s. */
  gapIsOldAfterMs?: number;
}

/**
 * A service's two streams: its own events from the outbox to the local cluster, and the events of other regions from
 * there into its database. Both begin when there is a broker and a database, wait for either that is away, and stop
 * without losing or repeating more than their positions tell.
 *
 * The names of its methods are those of Nest's life cycle: it begins once the service is built, and has ended before the
 * database is closed.
 */
export class EventStreams implements Redelivery {
  private readonly kafka: KafkaConnection;
  private readonly gaps: GapWatch;
  private streams: Promise<{ producer: RecordProducer; relay: OutboxRelay; consumer: RunningConsumer }> | undefined;
  private readonly following: FollowHorizons;
  private readonly closing = new AbortController();
  private horizonsLoaded: Promise<void> | undefined;
  private tidying: NodeJS.Timeout | undefined;
  private writing: NodeJS.Timeout | undefined;

  constructor(private readonly options: EventStreamsOptions) {
    const { service, region, brokers, logger } = options;
    this.gaps = new GapWatch(options.gapIsOldAfterMs ?? GAP_IS_OLD_AFTER_MS);
    this.kafka = createKafka({ clientId: `${region}.${service}`, brokers, logger });
    this.following = new FollowHorizons(options.horizons, region);
  }

  /** Begins, and does not wait: a service answers also while its cluster starts. */
  onApplicationBootstrap(): void {
    this.streams = this.open();
    this.streams.catch((failure) => this.options.logger.error({ err: failure }, 'the event streams did not start'));
    this.tidying = setInterval(() => this.tidy(), this.options.tidyEveryMs ?? TIDY_EVERY_MS);
    this.writing = setInterval(() => void this.writeHorizons(), WRITE_HORIZONS_EVERY_MS);
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.tidying);
    clearInterval(this.writing);
    this.closing.abort();
    const streams = await this.streams?.catch(() => undefined);
    if (!streams) return;
    await Promise.all([streams.consumer.close(), streams.relay.close(RELAY_CLOSE_MS)]);
    await streams.producer.close();
    await this.writeHorizons();
  }

  /** Records of a region's topic that lie here and were not handled yet. Rejects without a cluster. */
  async unreadOf(region: string, ofTopic: Topic): Promise<number> {
    const { service, consumers, consumerGroup = service } = this.options;
    const topics = Object.keys(consumers).filter((topic) => topic === `${region}.${ofTopic}`);
    await this.untilHorizonsLoaded();
    const admin = this.kafka.admin();
    try {
      return await admin.unread(consumerGroup, topics);
    } finally {
      await admin.close();
    }
  }

  /**
   * What this service has written behind a sequence, in its order: what waits in the outbox, and what its log holds. Rejects
   * without a cluster.
   */
  async writtenAfter(ownTopic: string, after: number, limit: number): Promise<WrittenEvent[]> {
    const { pool, partitions = PARTITIONS_PER_TOPIC } = this.options;
    // First: what is published after it is told as waiting, and not twice.
    const { publishedSequence: upTo, pending } = await readPendingEvents(pool, { after, limit });
    const reader = this.kafka.logReader();
    try {
      const published = await publishedEvents(reader, { topic: ownTopic, partitions, after, upTo, limit });
      return [...published, ...pending].slice(0, limit);
    } finally {
      reader.close();
    }
  }

  readAt(topic: string, positions: readonly RecordPosition[]): Promise<IncomingRecord[]> {
    return this.kafka.readAt(topic, positions);
  }

  /** In the trace of the write that it tells of, as at the first time. */
  async redeliver(record: IncomingRecord): Promise<void> {
    const { service, consumers } = this.options;
    const take = consumers[record.topic];
    if (!take) throw new Error(`${service} has no consumer of ${record.topic} any more`);
    await inProcessSpan(record, service, () => take(record));
  }

  private async open() {
    const { service, region, databaseUrl, pool, logger, consumers, consumerGroup = service } = this.options;
    const { heartbeatTopics, partitions } = this.options;
    await this.options.mayBegin?.();
    const producer = await this.kafka.producer();
    const own = { databaseUrl, region, service, producer, logger };
    const relay = await startOutboxRelay({ ...own, heartbeatTopics, partitions });
    await this.untilHorizonsLoaded();
    const consumer = await this.kafka.consume({
      groupId: consumerGroup,
      topics: Object.keys(consumers),
      fromBeginning: true,
      onRecord: (record) => this.following.follow(record, async (one) => consumers[one.topic]?.(one)),
      together: this.following.ofEach(this.options.together ?? {}),
      deadLetters: producer,
      onDeadLetter: async (letter) => {
        await this.following.hold(letter.record);
        await noteDeadLetter(pool, toDeadLetterNote(letter));
      },
    });
    return { producer, relay, consumer };
  }

  /** Before anything is applied: a hold that is not known would be passed. Once: what is reached since is not written. */
  private untilHorizonsLoaded(): Promise<void> {
    this.horizonsLoaded ??= this.loadHorizons();
    return this.horizonsLoaded;
  }

  private async loadHorizons(): Promise<void> {
    for (;;) {
      try {
        return await this.options.horizons.load();
      } catch (failure) {
        if (this.closing.signal.aborted) throw failure;
        await pause(LOAD_AGAIN_MS, undefined, { signal: this.closing.signal }).catch(() => undefined);
      }
    }
  }

  private async writeHorizons(): Promise<void> {
    await this.options.horizons
      .write()
      .catch(({ message }: Error) => this.options.logger.debug({ why: message }, 'the horizons were not written down'));
  }

  /** What fails here is made up for the next time. */
  private tidy(): void {
    const { pool, logger } = this.options;
    const work = async () => {
      await compactInbox(pool);
      await settleDeadLetters(pool);
      for (const { openSince, ...gap } of this.gaps.toSay(await missingSequences(pool), Date.now()))
        logger.warn(
          { ...gap, openSince: openSince.toISOString() },
          'events are missing that later ones have overtaken',
        );
    };
    work().catch(({ message }: Error) => logger.debug({ why: message }, 'the inbox was not tidied'));
  }
}
