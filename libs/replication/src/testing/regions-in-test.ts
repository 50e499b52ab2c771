import { randomUUID } from 'node:crypto';
import { remoteTopic, type Topic } from '@meridian/contracts';
import { createKafka, ensureTopics, headerText, type IncomingRecord, type OutgoingRecord } from '@meridian/kafka';
import { createService, type RunningService } from '@meridian/service-kit';
import { createLogger, type RegionalServiceConfig } from '@meridian/service-kit/process';
import { createTestDatabase, type TestDatabase } from '@meridian/testing';
import type { Type } from '@nestjs/common';
import { type LinkInTest, openLink } from './link-in-test.ts';
import {
  callsOf,
  migrationsOf,
  type ServiceInTest,
  type ServiceToTest,
  topicsOf,
  withTopologyOf,
} from './service-in-test.ts';

/**
 * One service in several regions, each with a database of its own, which reach each other over links that can be cut. They
 * share the cluster of the tests: their consumer groups are named by the region, and a replicator of the test copies what
 * each writes to where the others read it.
 */
export interface RegionsInTest {
  /** In the order of the topology, under names that no other test has. */
  readonly regions: readonly RegionInTest[];
  /** By which `from` calls `to`. */
  link(from: string, to: string): LinkInTest;
  /** A region loses its database: it is stopped, and started with an empty one, to ask the others. Nothing moves its positions. */
  destroy(region: string): Promise<void>;
  restart(region: string): Promise<void>;
  /** Nothing is copied from now on; `copyEvents` makes up for it. */
  holdEvents(): void;
  copyEvents(): void;
  /** What is held is lost, and copying goes on. */
  forgetEvents(): void;
  stop(): Promise<void>;
}

export interface RegionInTest extends Pick<ServiceInTest, 'region' | 'call'> {
  /** The one that it has now. */
  readonly database: TestDatabase;
  get<T>(provider: Type<T>): T;
}

const REGIONS = ['us-east', 'eu-west', 'ap-southeast'];

interface Life {
  database: TestDatabase;
  service: RunningService;
}

export async function startRegionsInTest<Config extends RegionalServiceConfig>(
  tested: ServiceToTest<Config> & { topic: Topic },
): Promise<RegionsInTest> {
  const suffix = randomUUID().slice(0, 8);
  const names = REGIONS.map((region) => `${region}-${suffix}`);
  const kafka = createKafka({ clientId: `${tested.name}-regions-in-test`, brokers: tested.brokers });
  await ensureTopics(kafka, topicsOf(names));
  const links = new Map<string, LinkInTest>();
  for (const from of names) for (const to of names) if (from !== to) links.set(`${from}>${to}`, await openLink());
  const linkOf = (from: string, to: string) => links.get(`${from}>${to}`) as LinkInTest;

  const newDatabase = () => createTestDatabase(tested.postgresUrl, migrationsOf(tested.appDir));
  const start = async (region: string, database: TestDatabase, newDisk: 'trust' | 'hear-others'): Promise<Life> => {
    const config = withTopologyOf(
      REGIONS,
      suffix,
      (topology) =>
        new tested.Config({
          ...{
            HOST: '127.0.0.1',
            PORT: 1,
            LOG_LEVEL: 'silent',
            MERIDIAN_REGION: region,
            MERIDIAN_TOPOLOGY: topology,
          },
          ...{ DATABASE_URL: database.url, KAFKA_BROKERS: tested.brokers },
          ...{ KAFKA_CONSUMER_GROUP: `${region}.${tested.name}`, MERIDIAN_NEW_DISK: newDisk },
          ...tested.env,
        } as never),
    );
    // The links of the topology lead to ports that a whole system would listen on.
    config.urlIn = (other) => linkOf(region, other).url;
    const logger = createLogger(tested.name, { level: 'silent' });
    const service = await createService({ name: tested.name, module: tested.moduleOf(config), config, logger });
    await service.app.listen(0, '127.0.0.1');
    for (const from of names) if (from !== region) linkOf(from, region).leadTo(service.url);
    return { database, service };
  };
  const lives = new Map(
    await Promise.all(
      names.map(async (region) => [region, await start(region, await newDatabase(), 'trust')] as const),
    ),
  );
  const lifeOf = (region: string) => lives.get(region) as Life;
  const regions = names.map(
    (region): RegionInTest => ({
      region,
      get database() {
        return lifeOf(region).database;
      },
      call: (...asked) => callsOf(lifeOf(region).service)(...asked),
      get: <T>(one: Type<T>) => lifeOf(region).service.app.get<T>(one),
    }),
  );

  const producer = await kafka.producer();
  let held: [topic: string, record: OutgoingRecord][] | undefined;
  const copier = await kafka.consume({
    groupId: `replicator-${suffix}`,
    topics: [tested.topic],
    fromBeginning: true,
    async onRecord(record) {
      // Of events and heartbeats alike.
      const originRegion = headerText(record, 'ce_originregion');
      if (originRegion === undefined || !names.includes(originRegion)) return;
      const copy: [string, OutgoingRecord] = [remoteTopic(originRegion, tested.topic), toCopy(record)];
      if (held) held.push(copy);
      else await producer.send(copy[0], [copy[1]]);
    },
  });

  return {
    regions,
    link: linkOf,
    async destroy(region) {
      const { service, database } = lifeOf(region);
      await service.close();
      await database.drop();
      lives.set(region, await start(region, await newDatabase(), 'hear-others'));
    },
    async restart(region) {
      const { service, database } = lifeOf(region);
      await service.close();
      lives.set(region, await start(region, database, 'hear-others'));
    },
    holdEvents() {
      held ??= [];
    },
    forgetEvents() {
      held = undefined;
    },
    copyEvents() {
      const late = held ?? [];
      held = undefined;
      void (async () => {
        for (const [topic, record] of late) await producer.send(topic, [record]);
      })();
    },
    async stop() {
      await copier.close();
      await Promise.all([...lives.values()].map(({ service }) => service.close()));
      await producer.close();
      await Promise.all([...links.values()].map((link) => link.close()));
      await Promise.all([...lives.values()].map(({ database }) => database.drop()));
    },
  };
}

function toCopy({ key, value, rawHeaders, timestampMs, partition }: IncomingRecord): OutgoingRecord {
  return { key, value, headers: rawHeaders, timestampMs, partition };
}
