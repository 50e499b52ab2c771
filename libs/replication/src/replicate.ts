import { setTimeout as pause } from 'node:timers/promises';
import { SERVICE_OF_TOPIC, TOPICS } from '@meridian/contracts';
import { EpochController, EpochStore, Epochs, Fence, FenceHooks, writeFor } from '@meridian/fencing';
import { AppliedHorizons } from '@meridian/inbox';
import { decidingRegions, type ServiceName } from '@meridian/regions';
import { DatabaseProbe, Health, isDatabaseAway, ServiceContext } from '@meridian/service-kit';
import type { RegionalServiceConfig } from '@meridian/service-kit/process';
import type { Provider, Type } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { AggregateTurns } from './aggregate-turns.ts';
import { Consistency } from './consistency/consistency.ts';
import { ConsistencyHooks, OperationKeys } from './consistency/consistency-hooks.ts';
import { ForwardRequests } from './consistency/forward-requests.ts';
import type { KeysOf } from './consistency/operation-scopes.ts';
import { DeadLettersController } from './dead-letters.controller.ts';
import { DeadLetters } from './dead-letters.ts';
import {
  asDeclared,
  type DeclaredConsumer,
  type RecordConsumer,
  togetherAsDeclared,
  topicsOf,
} from './declared-consumer.ts';
import { EventStreams } from './event-streams.ts';
import { OperationsController } from './operations.controller.ts';
import type { AfterRebuild } from './rebuild/after-rebuild.ts';
import { NotBeforeJoined } from './rebuild/not-before-joined.ts';
import { RebuildController } from './rebuild/rebuild.controller.ts';
import { Rebuild } from './rebuild/rebuild.ts';
import { SourceRegion } from './rebuild/source-region.ts';
import { RegionClock } from './region-clock.ts';
import { RemoteEvents } from './remote-events.ts';
import { RepairController } from './repair.controller.ts';
import { ReplicatedStore } from './replicated-store.ts';
import { ReplicationLag } from './replication-lag.ts';

export interface Replicated {
  /** The aggregates that an operation is about, where its path does not say. */
  keysOf?: KeysOf;
  config: Type<RegionalServiceConfig>;
  store: Type<ReplicatedStore>;
  /** What the service does when it has got its lost data back, before it serves. Default: nothing. */
  afterRebuild?: Type<AfterRebuild>;
  /** One per topic: the inbox knows an event once, whoever took it. */
  consumers: DeclaredConsumer[];
}

/** What every service answers inside its region, for the runner, the CLI, tests and people on call. */
export const operationsControllers: Type[] = [
  OperationsController,
  DeadLettersController,
  RepairController,
  EpochController,
  RebuildController,
];

const RETRY_MS = 250;
/** Of nobody: a service that has nothing to do after a rebuild. */
const NO_AFTER_REBUILD = Symbol('no-after-rebuild');

/**
 * The providers that make a service of one region a service of all of them: its clock, its outbox's relay, its consumers
 * and what is told of them. The service provides `config`, `store` and the consumers themselves.
 */
export function replicate({ config, store, consumers, keysOf, afterRebuild }: Replicated): Provider[] {
  const topics = consumers.map(({ topic }) => topic);
  const twice = topics.find((topic, i) => topics.indexOf(topic) !== i);
  if (twice) throw new Error(`${twice} has two consumers; the second would find every event applied`);
  return [
    ReplicationLag,
    AggregateTurns,
    { provide: ReplicatedStore, useExisting: store },
    { provide: RegionClock, useFactory: startClock, inject: [config, ReplicatedStore, ServiceContext] },
    { provide: Epochs, useFactory: openEpochs, inject: [config, ReplicatedStore, ServiceContext, Health] },
    Fence,
    FenceHooks,
    { provide: APP_INTERCEPTOR, useExisting: FenceHooks },
    { provide: DatabaseProbe, useFactory: probeDatabase, inject: [config, ServiceContext, Health] },
    {
      provide: RemoteEvents,
      useFactory: (clock: RegionClock, lag: ReplicationLag, { name }: ServiceContext) =>
        new RemoteEvents(clock, lag, name),
      inject: [RegionClock, ReplicationLag, ServiceContext],
    },
    {
      provide: AppliedHorizons,
      useFactory: ({ pool }: ReplicatedStore) => new AppliedHorizons(pool),
      inject: [ReplicatedStore],
    },
    { provide: ForwardRequests, useFactory: createForwardRequests, inject: [config, ServiceContext, Epochs] },
    {
      provide: Consistency,
      useFactory: createConsistency,
      inject: [config, ReplicatedStore, ServiceContext, AppliedHorizons, ForwardRequests, Epochs],
    },
    { provide: OperationKeys, useValue: new OperationKeys(keysOf) },
    ConsistencyHooks,
    {
      provide: Rebuild,
      useFactory: createRebuild(consumers),
      inject: [
        ...[config, ReplicatedStore, ServiceContext, Health],
        { token: afterRebuild ?? NO_AFTER_REBUILD, optional: true },
        ...consumers.map(({ consumer }) => consumer),
      ],
    },
    NotBeforeJoined,
    {
      provide: EventStreams,
      useFactory: (
        { region, otherRegions, brokers, databaseUrl, consumerGroup }: RegionalServiceConfig,
        { pool }: ReplicatedStore,
        { name: service, logger }: ServiceContext,
        horizons: AppliedHorizons,
        rebuild: Rebuild,
        ...instances: RecordConsumer[]
      ) => {
        const takers = consumers.flatMap((declared, i) => {
          const take = asDeclared(declared, instances[i] as RecordConsumer, { region, otherRegions, pool });
          return topicsOf(declared, otherRegions).map((topic) => [topic, take] as const);
        });
        const together = consumers.flatMap((declared, i) => {
          const take = togetherAsDeclared(declared, instances[i] as RecordConsumer);
          return take ? topicsOf(declared, otherRegions).map((topic) => [topic, take] as const) : [];
        });
        return new EventStreams({
          ...{ service, region, brokers, databaseUrl, consumerGroup, pool, logger, horizons },
          mayBegin: () => rebuild.untilNumbered(),
          heartbeatTopics: Object.values(TOPICS).filter((topic) => SERVICE_OF_TOPIC[topic] === service),
          consumers: Object.fromEntries(takers),
          together: Object.fromEntries(together),
        });
      },
      inject: [
        ...[config, ReplicatedStore, ServiceContext, AppliedHorizons, Rebuild],
        ...consumers.map(({ consumer }) => consumer),
      ],
    },
    {
      provide: DeadLetters,
      useFactory: ({ pool }: ReplicatedStore, streams: EventStreams) => new DeadLetters(pool, streams),
      inject: [ReplicatedStore, EventStreams],
    },
  ];
}

/** By the consumer that takes the events of the service's own topic, states come back as well. */
function createRebuild(consumers: readonly DeclaredConsumer[]) {
  return (
    config: RegionalServiceConfig,
    { pool, table }: ReplicatedStore,
    { name, logger }: ServiceContext,
    health: Health,
    after: AfterRebuild | undefined,
    ...instances: RecordConsumer[]
  ): Rebuild => {
    const service = name as ServiceName;
    const own = instances[consumers.findIndex(({ topic }) => topic === table.topic)];
    if (!own) throw new Error(`${name} has no consumer of ${table.topic}; it could not get lost states back`);
    const required = config.newDisk === 'hear-others';
    const regions = required ? config.otherRegions : [];
    const rebuild = new Rebuild({
      ...{ service, region: config.region, required, pool, table, logger },
      sources: regions.map((region) => new SourceRegion(region, service, (one) => config.urlIn(region, one))),
      consumed: [...new Set([service, ...consumers.map(({ topic }) => SERVICE_OF_TOPIC[topic])])],
      consumer: own,
      // Owed, whatever is decided about traffic: the region is mostly failed at that time.
      finish: async (known) => (await writeFor('region', () => after?.afterRebuild(known))) ?? [],
    });
    health.register({ name: 'data', waitingFor: () => rebuild.progress.whyNotReady() });
    return rebuild;
  };
}

function createForwardRequests(
  config: RegionalServiceConfig,
  { name }: ServiceContext,
  { carry }: Epochs,
): ForwardRequests {
  return new ForwardRequests(config.region, (region) => config.urlIn(region, name as ServiceName), carry);
}

function createConsistency(
  { region, otherRegions, sessionWaitMs: waitMs }: RegionalServiceConfig,
  store: ReplicatedStore,
  { name: service }: ServiceContext,
  horizons: AppliedHorizons,
  forwardRequests: ForwardRequests,
  epochs: Epochs,
): Consistency {
  const homeOf = (key: string) => store.homeOf(key, decidingRegions(epochs.table));
  return new Consistency({ service, region, otherRegions, horizons, forwardRequests, homeOf, waitMs });
}

/** Without what stands in the database, a clock could give out a reading that was given before. */
function startClock(
  { region }: RegionalServiceConfig,
  store: ReplicatedStore,
  { logger }: ServiceContext,
): Promise<RegionClock> {
  return onceTheDatabaseIsThere(logger, async () => new RegionClock({ region, from: await store.latestHlc() }));
}

/** A service that was told an epoch before its end goes on from there; control may know of a newer one by now. */
async function openEpochs(
  { region, otherRegions, control }: RegionalServiceConfig,
  { pool }: ReplicatedStore,
  { logger }: ServiceContext,
  health: Health,
): Promise<Epochs> {
  const store = new EpochStore(pool, region);
  const told = { store, region, regions: [region, ...otherRegions], hasControl: control === 'required' };
  const epochs = await onceTheDatabaseIsThere(logger, () => Epochs.open(told));
  const waitingFor = () => (epochs.isCurrent ? undefined : 'control has not said who may serve');
  health.register({ name: 'epoch', waitingFor });
  return epochs;
}

async function onceTheDatabaseIsThere<T>(logger: ServiceContext['logger'], open: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await open();
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
