import type { Kafka as KafkaClient, RetryOptions } from 'kafkajs';
import { ClientSockets } from './client-sockets.ts';
import { Kafka } from './kafkajs.ts';
import { logThrough } from './log-creator.ts';
import type { KafkaOptions } from './types.ts';

/** A broker that does not take a connection in this time is tried again. Across an ocean it takes 240 ms. */
export const CONNECT_WITHIN_MS = 2_000;
/**
 * A request without an answer for this long has failed, and so has its connection. kafkajs waits 30 s by default; a link
 * that swallowed a request and healed would be noticed as late as that.
 */
export const ANSWER_WITHIN_MS = 4_000;

/**
 * kafkajs tries for itself only this often: whoever holds a client tries for ever, and with a new client, as one that
 * has lost its broker does not always find it again.
 */
export const RETRY: RetryOptions = { initialRetryTime: 50, multiplier: 1.5, maxRetryTime: 500, retries: 0 };

/** Partitions that were added to a topic are seen after this time. */
export const METADATA_MAX_AGE_MS = 30_000;

export interface OpenClient {
  kafka: KafkaClient;
  sockets: ClientSockets;
}

export function openClient({ clientId, brokers, logger }: KafkaOptions, retry: RetryOptions = RETRY): OpenClient {
  const sockets = new ClientSockets();
  const kafka = new Kafka({
    clientId,
    brokers,
    connectionTimeout: CONNECT_WITHIN_MS,
    requestTimeout: ANSWER_WITHIN_MS,
    retry,
    socketFactory: sockets.factory,
    ...logThrough(logger),
  });
  return { kafka, sockets };
}

/**
 * Of each partition whose records are decoded as much may be worked on, and as much wait behind it. A record of 1 KiB takes as much again
 * in headers alone, on the heap, and a service that reads twenty partitions has some 60 MB of that for all of them.
 */
export const DECODED_BYTES_PER_PARTITION = 256 * 1024;
