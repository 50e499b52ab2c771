import { compactInbox } from '@meridian/inbox';
import { createKafka, type IncomingRecord, type RecordProducer, type RunningConsumer } from '@meridian/kafka';
import { type OutboxRelay, startOutboxRelay } from '@meridian/outbox';
import type pg from 'pg';
import type { Logger } from 'pino';

/** Often enough that the inbox stays small, seldom enough not to be seen. */
const COMPACT_EVERY_MS = 10_000;
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
}

/**
 * A service's two streams: its own events from the outbox to the local cluster, and the events of other regions from
 * there into its database. Both begin when there is a broker and a database, wait for either that is away, and stop
 * without losing or repeating more than their positions tell.
 *
 * The names of its methods are those of Nest's life cycle: it begins once the service is built, and has ended before the
 * database is closed.
 */
export class EventStreams {
  private streams: Promise<{ producer: RecordProducer; relay: OutboxRelay; consumer: RunningConsumer }> | undefined;
  private compacting: NodeJS.Timeout | undefined;

  constructor(private readonly options: EventStreamsOptions) {}

  /** Begins, and does not wait: a service answers also while its cluster starts. */
  onApplicationBootstrap(): void {
    this.streams = this.open();
    this.streams.catch((failure) => this.options.logger.error({ err: failure }, 'the event streams did not start'));
    this.compacting = setInterval(() => this.compact(), COMPACT_EVERY_MS);
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.compacting);
    const streams = await this.streams?.catch(() => undefined);
    if (!streams) return;
    await Promise.all([streams.consumer.close(), streams.relay.close(RELAY_CLOSE_MS)]);
    await streams.producer.close();
  }

  private async open() {
    const { service, region, brokers, databaseUrl, logger, consumers, consumerGroup = service } = this.options;
    const kafka = createKafka({ clientId: `${region}.${service}`, brokers, logger });
    const producer = await kafka.producer();
    const relay = await startOutboxRelay({ databaseUrl, region, service, producer, logger });
    const consumer = await kafka.consume({
      groupId: consumerGroup,
      topics: Object.keys(consumers),
      fromBeginning: true,
      onRecord: (record) => consumers[record.topic]?.(record),
      deadLetters: producer,
    });
    return { producer, relay, consumer };
  }

  /** A compaction that fails is one that the next makes up for. */
  private compact(): void {
    compactInbox(this.options.pool).catch(({ message }: Error) =>
      this.options.logger.debug({ why: message }, 'the inbox was not compacted'),
    );
  }
}
