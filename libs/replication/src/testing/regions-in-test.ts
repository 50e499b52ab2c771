import { randomUUID } from 'node:crypto';
import { remoteTopic, type Topic } from '@meridian/contracts';
import { createKafka, ensureTopics, headerText, type IncomingRecord, type OutgoingRecord } from '@meridian/kafka';
import { createService } from '@meridian/service-kit';
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
  /** Nothing is copied from now on; `copyEvents` makes up for it. */
  holdEvents(): void;
  copyEvents(): void;
  stop(): Promise<void>;
}

export interface RegionInTest extends Pick<ServiceInTest, 'region' | 'call'> {
  readonly database: TestDatabase;
  get<T>(provider: Type<T>): T;
}

const REGIONS = ['us-east', 'eu-west', 'ap-southeast'];

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

  const regions = await Promise.all(
    names.map(async (region) => {
      const database = await createTestDatabase(tested.postgresUrl, migrationsOf(tested.appDir));
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
            KAFKA_CONSUMER_GROUP: `${region}.${tested.name}`,
            ...tested.env,
          } as never),
      );
      // The links of the topology lead to ports that a whole system would listen on.
      config.urlIn = (other) => linkOf(region, other).url;
      const logger = createLogger(tested.name, { level: 'silent' });
      const service = await createService({ name: tested.name, module: tested.moduleOf(config), config, logger });
      await service.app.listen(0, '127.0.0.1');
      for (const from of names) if (from !== region) linkOf(from, region).leadTo(service.url);
      return { region, database, service, call: callsOf(service), get: <T>(one: Type<T>) => service.app.get<T>(one) };
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
    holdEvents() {
      held ??= [];
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
      await Promise.all(regions.map(({ service }) => service.close()));
      await producer.close();
      await Promise.all([...links.values()].map((link) => link.close()));
      await Promise.all(regions.map(({ database }) => database.drop()));
    },
  };
}

function toCopy({ key, value, rawHeaders, timestampMs, partition }: IncomingRecord): OutgoingRecord {
  return { key, value, headers: rawHeaders, timestampMs, partition };
}
