import { setTimeout as pause } from 'node:timers/promises';
import { remoteTopic, type Topic } from '@meridian/contracts';
import type { IncomingRecord } from '@meridian/kafka';
import { DatabaseProbe, Health, isDatabaseAway, ServiceContext } from '@meridian/service-kit';
import type { RegionalServiceConfig } from '@meridian/service-kit/process';
import type { Provider, Type } from '@nestjs/common';
import { EventStreams } from './event-streams.ts';
import { RegionClock } from './region-clock.ts';
import { RemoteEvents } from './remote-events.ts';
import { ReplicatedStore } from './replicated-store.ts';
import { ReplicationLag } from './replication-lag.ts';

/** Takes the records of a topic. What it throws, but for `RetryForever`, makes the record a dead letter in the end. */
export interface RecordConsumer {
  handle(record: IncomingRecord): Promise<void>;
}

export interface Replicated {
  config: Type<RegionalServiceConfig>;
  store: Type<ReplicatedStore>;
  consumers: {
    topic: Topic;
    /** Whose events: a service joins those of other regions; what it does for another service it does for all of them. */
    from: 'other-regions' | 'every-region';
    consumer: Type<RecordConsumer>;
  }[];
}

const RETRY_MS = 250;

/**
 * The providers that make a service of one region a service of all of them: its clock, its outbox's relay, its consumers
 * and what is told of them. The service provides `config`, `store` and the consumers themselves.
 */
export function replicate({ config, store, consumers }: Replicated): Provider[] {
  return [
    ReplicationLag,
    { provide: ReplicatedStore, useExisting: store },
    { provide: RegionClock, useFactory: startClock, inject: [config, ReplicatedStore, ServiceContext] },
    { provide: DatabaseProbe, useFactory: probeDatabase, inject: [config, ServiceContext, Health] },
    {
      provide: RemoteEvents,
      useFactory: (clock: RegionClock, lag: ReplicationLag) => new RemoteEvents(clock, lag),
      inject: [RegionClock, ReplicationLag],
    },
    {
      provide: EventStreams,
      useFactory: (
        { region, otherRegions, brokers, databaseUrl, consumerGroup }: RegionalServiceConfig,
        { pool }: ReplicatedStore,
        { name: service, logger }: ServiceContext,
        ...instances: RecordConsumer[]
      ) => {
        const takers = consumers.flatMap(({ topic, from }, i) => {
          const topics = otherRegions.map((origin) => remoteTopic(origin, topic));
          const taker = (record: IncomingRecord) => (instances[i] as RecordConsumer).handle(record);
          return (from === 'every-region' ? [topic, ...topics] : topics).map((one) => [one, taker] as const);
        });
        return new EventStreams({
          ...{ service, region, brokers, databaseUrl, consumerGroup, pool, logger },
          consumers: Object.fromEntries(takers),
        });
      },
      inject: [config, ReplicatedStore, ServiceContext, ...consumers.map(({ consumer }) => consumer)],
    },
  ];
}

/** Waits for the database: without what stands there, a clock could give out a reading that was given before. */
async function startClock(
  { region }: RegionalServiceConfig,
  store: ReplicatedStore,
  { logger }: ServiceContext,
): Promise<RegionClock> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return new RegionClock({ region, from: await store.latestHlc() });
    } catch (failure) {
      if (!isDatabaseAway(failure)) throw failure;
      if (attempt === 1) logger.warn('the database is away; waiting for it');
      await pause(RETRY_MS);
    }
  }
}

/** Nobody asks for the probe but `Health`; as a provider it ends with the module. */
function probeDatabase(
  { databaseUrl }: RegionalServiceConfig,
  { name }: ServiceContext,
  health: Health,
): DatabaseProbe {
  const probe = new DatabaseProbe(databaseUrl, `${name}-health`);
  health.register({ name: 'database', waitingFor: async () => void (await probe.ask()) });
  return probe;
}
