import { randomUUID } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  dlqTopic,
  envelopeToHeaders,
  HEARTBEAT_TYPE,
  heartbeatToHeaders,
  PARTITIONS_PER_TOPIC,
  remoteTopic,
  TOPICS,
  type Topic,
} from '@meridian/contracts';
import { formatHlc } from '@meridian/hlc';
import { createKafka, ensureTopics, headerText, type IncomingRecord, type RunningConsumer } from '@meridian/kafka';
import { createService, type RunningService, type ServiceConfig } from '@meridian/service-kit';
import { createLogger } from '@meridian/service-kit/process';
import { createTestDatabase, type TestDatabase } from '@meridian/testing';
import type { DynamicModule, Type } from '@nestjs/common';
import pg from 'pg';

/**
 * A whole service as the region `eu-west`, with a database of its own and a real cluster, for its own tests. Requests are
 * injected below the socket; events of other regions are written where a replicator would write them. The two other
 * regions have names that no other test has, because all tests share one cluster.
 */
export interface ServiceInTest {
  readonly region: string;
  readonly others: readonly [usEast: string, apSoutheast: string];
  readonly database: TestDatabase;
  /** What it answers, e.g. `GET /orders/{id}`; sorted. */
  readonly routes: string[];
  call(
    method: 'GET' | 'POST' | 'PATCH' | 'PUT',
    url: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** Writes an event as the service of `origin` does, and a replicator copies it here. */
  publish(event: EventToWrite): Promise<void>;
  /** Tells the partitions of a topic how far the service of `origin` has come. Default: all of them. */
  heartbeat(beat: { topic: Topic; origin: string; horizon: string; partitions?: number[] }): Promise<void>;
  /** A provider of the service. */
  get<T>(provider: Type<T>): T;
  /** The events of a topic from its beginning; more are added as they come. */
  read(topic: string): Promise<IncomingRecord[]>;
  stop(): Promise<void>;
}

export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of every shape and assert on what they read
  body: any;
}

export interface EventToWrite {
  topic: Topic;
  origin: string;
  /** Of the origin's service. */
  sequence: number;
  key: string;
  value: unknown;
  /** When it was written there. Default: now. */
  atMs?: number;
  /** The transaction that wrote it, what its author had seen (a token), and what its record promises. */
  transaction?: string;
  deps?: string;
  horizon?: string;
}

export interface ServiceToTest<Config extends ServiceConfig> {
  name: 'user' | 'catalog' | 'order';
  /** The app's folder. */
  appDir: string;
  Config: new (env: never) => Config;
  moduleOf(config: Config): DynamicModule;
  postgresUrl: string;
  brokers: string[];
  env?: Record<string, unknown>;
  /** Where the same service of another region is reached. Default: nowhere. */
  urlIn?: (region: string) => string;
}

const REGION = 'eu-west';
/** The port of `discard`: nothing listens there. */
const NOWHERE = 'http://127.0.0.1:9';
const OTHERS = ['us-east', 'ap-southeast'] as const;
const SERVICES: Record<Topic, string> = { 'users.v1': 'user', 'products.v1': 'catalog', 'orders.v1': 'order' };
const topologyFile = path.join(import.meta.dirname, '../../../../infra/topology.json');

export async function startServiceInTest<Config extends ServiceConfig>(
  tested: ServiceToTest<Config>,
): Promise<ServiceInTest> {
  const { name, brokers } = tested;
  const turn = await waitForTurn(tested.postgresUrl, name);
  const database = await createTestDatabase(tested.postgresUrl, migrationsOf(tested.appDir));
  const suffix = randomUUID().slice(0, 8);
  const others = [`${OTHERS[0]}-${suffix}`, `${OTHERS[1]}-${suffix}`] as const;
  const kafka = createKafka({ clientId: `${name}-in-test`, brokers });
  await ensureTopics(kafka, topicsOf(others));
  const producer = await kafka.producer();
  const readers: RunningConsumer[] = [];
  const config = withTopologyOf(
    OTHERS,
    suffix,
    (topology) =>
      new tested.Config({
        ...{ HOST: '127.0.0.1', PORT: 1, LOG_LEVEL: 'silent', MERIDIAN_REGION: REGION, MERIDIAN_TOPOLOGY: topology },
        ...{ DATABASE_URL: database.url, KAFKA_BROKERS: brokers, MERIDIAN_SESSION_WAIT_MS: 1_000 },
        MERIDIAN_CONTROL: 'none',
        ...tested.env,
      } as never),
  );
  Object.assign(config, { urlIn: tested.urlIn ?? (() => NOWHERE) });
  const logger = createLogger(name, { level: 'silent' });
  const service = await createService({ name, module: tested.moduleOf(config), config, logger });
  return {
    ...{ region: REGION, others, database },
    routes: service.routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`).sort(),
    call: callsOf(service),
    async publish(event) {
      const topic = event.origin === REGION ? event.topic : remoteTopic(event.origin, event.topic);
      await producer.send(topic, [toRecord(event)]);
    },
    async heartbeat({ topic, origin, horizon, partitions = [0, 1, 2, 3] }) {
      const source = `/${origin}/${SERVICES[topic]}`;
      const headers = heartbeatToHeaders({ source, horizon, time: new Date().toISOString() });
      const records = partitions.map((partition) => ({ key: null, value: null, partition, headers }));
      await producer.send(remoteTopic(origin, topic), records);
    },
    get: (provider) => service.app.get(provider),
    async read(topic) {
      const records: IncomingRecord[] = [];
      const onRecord = (record: IncomingRecord) => {
        if (headerText(record, 'ce_type') !== HEARTBEAT_TYPE) records.push(record);
      };
      readers.push(await kafka.consume({ groupId: randomUUID(), topics: [topic], onRecord }));
      return records;
    },
    async stop() {
      await service.close();
      await Promise.all([producer.close(), ...readers.map((reader) => reader.close())]);
      await database.drop();
      await turn.end();
    },
  };
}

export function callsOf({ app }: RunningService): ServiceInTest['call'] {
  return async (method, url, body, headers = {}) => {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const answer = await app.inject({ method, url, headers: { ...type, ...headers }, payload });
    return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
  };
}

/** One at a time of each service: two in one cluster are members of one group, and would share the events out. */
async function waitForTurn(postgresUrl: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  await client.query('SELECT pg_advisory_lock(hashtext($1))', [name]);
  return client;
}

export function migrationsOf(appDir: string): string {
  const files = globSync('prisma/migrations/*/migration.sql', { cwd: appDir }).sort();
  return files.map((file) => readFileSync(path.join(appDir, file), 'utf8')).join('\n');
}

/** The real topology, some of its regions renamed, as a file for as long as `use` takes. */
export function withTopologyOf<T>(renamed: readonly string[], suffix: string, use: (file: string) => T): T {
  const directory = mkdtempSync(path.join(tmpdir(), 'meridian-topology-'));
  const file = path.join(directory, 'topology.json');
  const rename = (text: string, region: string) => text.replaceAll(`"${region}"`, `"${region}-${suffix}"`);
  writeFileSync(file, renamed.reduce(rename, readFileSync(topologyFile, 'utf8')));
  try {
    return use(file);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export function topicsOf(others: readonly string[]) {
  const own: string[] = Object.values(TOPICS);
  const copies = others.flatMap((origin) => own.map((topic) => remoteTopic(origin, topic)));
  return [...own, ...copies].flatMap((topic) => [
    { topic, partitions: PARTITIONS_PER_TOPIC },
    { topic: dlqTopic(topic), partitions: 1 },
  ]);
}

export function toRecord(event: EventToWrite) {
  const { topic, origin, sequence, key, value, atMs = Date.now(), transaction, deps, horizon } = event;
  const service = SERVICES[topic];
  const headers = envelopeToHeaders({
    id: `${origin}/${service}/${sequence}`,
    source: `/${origin}/${service}`,
    type: `meridian.${topic.replace(/s\.v1$/, '')}.told.v1`,
    subject: key,
    time: new Date(atMs).toISOString(),
    originRegion: origin,
    originSequence: sequence,
    hlc: formatHlc({ wallMs: atMs, counter: 0, region: origin }),
    ...{ transaction, deps, horizon },
  });
  return { key, value: JSON.stringify(value), headers, timestampMs: atMs };
}
