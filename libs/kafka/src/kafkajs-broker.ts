import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { KafkaMessage } from 'kafkajs';
import { AnswerAssembly, type Arrival } from './answer-assembly.ts';
import { answerBuffers } from './answer-buffers.ts';
import type { ClientSockets } from './client-sockets.ts';
import { ANSWER_WITHIN_MS, CONNECT_WITHIN_MS } from './kafka-settings.ts';
// Also for its order: what it replaces inside of kafkajs has to be in place before a module of kafkajs is loaded.
import { Kafka } from './kafkajs.ts';
import { logThrough } from './log-creator.ts';
import type { KafkaOptions } from './types.ts';

/**
 * kafkajs's own requests to a single broker. Its consumer sends them for members of groups alone, and after every loss of
 * a connection asks for versions, metadata, coordinator, membership, division and positions one after the other: ten
 * round trips, seconds over a distance. Whoever knows the answers from before can begin with the fetch.
 */
export interface Broker {
  connect(): Promise<void>;
  metadata(topics: string[]): Promise<{
    brokers: { nodeId: number; host: string; port: number }[];
    topicMetadata: { topic: string; partitionMetadata: { partitionId: number; leader: number }[] }[];
  }>;
  findGroupCoordinator(group: { groupId: string; coordinatorType: 0 }): Promise<{ coordinator: Address }>;
  offsetFetch(request: { groupId: string; topics: TopicOf<{ partition: number }>[] }): Promise<{
    responses: TopicOf<{ partition: number; offset: string; metadata: string | null }>[];
  }>;
  offsetCommit(request: {
    groupId: string;
    groupGenerationId: number;
    memberId: string;
    topics: TopicOf<{ partition: number; offset: string; metadata: string | null }>[];
  }): Promise<unknown>;
  initProducerId(request: { transactionalId: null; transactionTimeout: number }): Promise<{
    producerId: string;
    producerEpoch: number;
  }>;
  listOffsets(request: {
    replicaId: -1;
    isolationLevel: 1;
    topics: TopicOf<{ partition: number; timestamp: string }>[];
  }): Promise<{ responses: TopicOf<{ partition: number; offset: string }>[] }>;
  fetch(request: {
    replicaId: -1;
    isolationLevel: 1;
    maxWaitTime: number;
    maxBytes: number;
    topics: TopicOf<{ partition: number; fetchOffset: string; maxBytes: number }>[];
  }): Promise<{ responses: { topicName: string; partitions: FetchedPartition[] }[] }>;
  /** For requests that are written and read here. */
  readonly connectionPool: { readonly pool: readonly Connection[] };
  readonly answers: { readonly lastArrival: Arrival };
  /** What the broker speaks; known once it is connected. */
  versions: Versions | null;
}

/** kafkajs's connection, as far as `undecoded-*.ts` send over it. */
export interface Connection {
  readonly clientId: string;
  readonly socket: Socket;
  readonly requestQueue: {
    push(request: { entry: RequestEntry; expectResponse: true; requestTimeout: number; sendRequest(): void }): void;
    fulfillRequest(answer: { size: number; correlationId: number; payload: Buffer }): void;
  };
  nextCorrelationId(): number;
  failIfNotConnected(): void;
}
export interface RequestEntry {
  apiKey: number;
  apiName: string;
  apiVersion: number;
  correlationId: number;
  resolve(answer: { payload: Buffer }): void;
  reject(failure: unknown): void;
}

export interface Address {
  host: string;
  port: number;
}
export interface TopicOf<Partition> {
  topic: string;
  partitions: Partition[];
}
export interface FetchedPartition {
  partition: number;
  /** With the records that lie before the asked offset in its batch, and those of aborted transactions. */
  messages: KafkaMessage[];
}
export type Versions = Readonly<Record<number, { minVersion: number; maxVersion: number }>>;

/** What was fetched, without what is not to be read. */
export interface Fetched {
  messages: KafkaMessage[];
  rawMessages: KafkaMessage[];
  highWatermark: string;
  lastOffset(): string;
}

const require = createRequire(import.meta.url);
type New<Options, Made> = new (options: Options) => Made;
const BrokerClass = require('kafkajs/src/broker/index.js') as New<object, Omit<Broker, 'answers'>>;
const ConnectionPool = require('kafkajs/src/network/connectionPool.js') as New<
  object,
  { pool: [Connection, Connection] }
>;
const Batch = require('kafkajs/src/consumer/batch.js') as new (
  topic: string,
  fetchedOffset: string,
  fetched: FetchedPartition,
) => Fetched;

/** A broker with one connection, which is opened by `connect()`; without a round trip of its own where `versions` is known. */
export function openBroker(
  { clientId, logger }: KafkaOptions,
  { host, port }: Address,
  sockets: ClientSockets,
  versions: Versions | undefined,
): Broker {
  const rootLogger = new Kafka({ clientId, brokers: [], ...logThrough(logger) }).logger();
  // What kafkajs reads by itself it would copy once more, and leave twice as much garbage.
  const assembly = new AnswerAssembly(answerBuffers, (answer) =>
    connectionPool.pool[0].requestQueue.fulfillRequest(answerOf(answer)),
  );
  const connectionPool = new ConnectionPool({
    ...{ host, port, clientId, logger: rootLogger },
    socketFactory: sockets.factoryFor(assembly),
    ...{ connectionTimeout: CONNECT_WITHIN_MS, requestTimeout: ANSWER_WITHIN_MS },
  });
  // kafkajs keeps a second one for fetches, which would be opened after the first and not beside it.
  connectionPool.pool[1] = connectionPool.pool[0];
  const broker = new BrokerClass({
    ...{ connectionPool, logger: rootLogger, versions: versions ?? null, allowAutoTopicCreation: false },
  });
  return Object.assign(broker, { answers: assembly });
}

function answerOf(answer: Buffer) {
  return { size: answer.length, correlationId: answer.readInt32BE(), payload: answer.subarray(4) };
}

export function readFetched(topic: string, fetchedOffset: string, fetched: FetchedPartition): Fetched {
  return new Batch(topic, fetchedOffset, fetched);
}

export function toAddress(broker: string): Address {
  const [host, port] = broker.split(':');
  return { host: host as string, port: Number(port) };
}
