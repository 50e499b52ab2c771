import type { Producer, RecordMetadata, TopicMessages } from 'kafkajs';
import type { ClientSockets } from './client-sockets.ts';
import { ANSWER_WITHIN_MS, METADATA_MAX_AGE_MS, openClient } from './kafka-settings.ts';
import { createPartitioner } from './partitioner.ts';
import { atMost, createBackoff, pause, wordsOf } from './pauses.ts';
import { toProduceRequests } from './produce-requests.ts';
import type { OutgoingRecord, RecordPosition } from './record.ts';
import { createVerdict, kindOfSendFailure } from './send-failure.ts';
import type { KafkaOptions, RecordProducer, TopicRecords } from './types.ts';

/** Whether there is still a connection is looked at this often. */
const LOOK_EVERY_MS = 250;
const RETRY_FIRST_MS = 50;
const RETRY_LONGEST_MS = 500;
/** Of the 3 s that closing may take, how long it waits for what was sent. */
const DRAIN_WITHIN_MS = 2_000;
const DISCONNECT_WITHIN_MS = 500;

/** The records were not written, and never will be. */
export class RecordsRefused extends Error {
  override readonly name = 'RecordsRefused';
}

export class ProducerClosed extends Error {
  override readonly name = 'ProducerClosed';
  constructor(options?: ErrorOptions) {
    super('the producer was closed before the records were acknowledged', options);
  }
}

interface OpenProducer {
  producer: Producer;
  sockets: ClientSockets;
}

/**
 * A producer that waits outages out. kafkajs gives up after some tries, keeps a connection on which nothing is answered
 * any more, and, told to be idempotent with several sends outstanding, loses acknowledged records (ADR 0001). So it is
 * not idempotent, and every failure that is not for good ends in another try, after the loss of a connection with a new
 * client. What was sent around an outage can be there twice.
 */
export class ResilientProducer implements RecordProducer {
  readonly #options: KafkaOptions;
  readonly #closed = new AbortController();
  readonly #outstanding = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;
  #open: OpenProducer | undefined;
  #opening: Promise<OpenProducer> | undefined;
  /** Said once per outage. */
  #saidAway = false;

  constructor(options: KafkaOptions) {
    this.#options = options;
    void this.#keepOpen();
  }

  get connected(): boolean {
    return this.#open?.sockets.connected ?? false;
  }

  send(topic: string, records: OutgoingRecord[]): Promise<void> {
    return this.sendBatch([{ topic, records }]);
  }

  async sendBatch(batch: TopicRecords[]): Promise<void> {
    if (this.#closing) throw new ProducerClosed();
    const requests = toProduceRequests(batch);
    await this.#outstandingUntil(
      (async () => {
        for (const request of requests) await this.#deliver(request);
      })(),
    );
  }

  async append(topic: string, record: OutgoingRecord): Promise<RecordPosition> {
    if (this.#closing) throw new ProducerClosed();
    const [request] = toProduceRequests([{ topic, records: [record] }]) as [TopicMessages[]];
    const [written] = await this.#outstandingUntil(this.#deliver(request));
    if (written?.baseOffset === undefined) throw new Error(`the broker did not say where in ${topic} the record lies`);
    return { partition: written.partition, offset: written.baseOffset };
  }

  async #outstandingUntil<T>(sending: Promise<T>): Promise<T> {
    const settled = sending.then(
      () => undefined,
      () => undefined,
    );
    this.#outstanding.add(settled);
    return await sending.finally(() => this.#outstanding.delete(settled));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await atMost(DRAIN_WITHIN_MS, Promise.allSettled(this.#outstanding));
    this.#closed.abort();
    const open = this.#open;
    if (!open) return;
    await atMost(DISCONNECT_WITHIN_MS, open.producer.disconnect());
    this.#drop(open, 'the producer was closed');
  }

  /** A broker that comes back is connected to before the next send. */
  async #keepOpen(): Promise<void> {
    const backoff = createBackoff(RETRY_FIRST_MS, RETRY_LONGEST_MS);
    while (!this.#closed.signal.aborted) {
      try {
        await this.#current();
        backoff.reset();
        await pause(LOOK_EVERY_MS, this.#closed.signal);
      } catch (failure) {
        this.#sayAway(failure);
        await pause(backoff.nextMs(), this.#closed.signal);
      }
    }
  }

  async #deliver(request: TopicMessages[]): Promise<RecordMetadata[]> {
    const backoff = createBackoff(RETRY_FIRST_MS, RETRY_LONGEST_MS);
    const isForGood = createVerdict(() => performance.now());
    for (;;) {
      let open: OpenProducer | undefined;
      try {
        open = await this.#unlessClosed(this.#current());
        const written = await this.#unlessClosed(
          open.producer.sendBatch({ topicMessages: request, acks: -1, timeout: ANSWER_WITHIN_MS }),
        );
        this.#sayBack();
        return written;
      } catch (failure) {
        if (this.#closed.signal.aborted) throw new ProducerClosed({ cause: failure });
        const kind = kindOfSendFailure(failure);
        if (isForGood(kind)) {
          // The client would go on asking for a topic that is not there, for all who send.
          if (kind === 'unknown' && open) this.#drop(open, 'a topic is not there');
          throw new RecordsRefused(wordsOf(failure), { cause: failure });
        }
        if (kind === 'lost') {
          if (open) this.#drop(open, wordsOf(failure));
          this.#sayAway(failure);
        }
        await pause(backoff.nextMs(), this.#closed.signal);
      }
    }
  }

  /** The client, if it is connected; else a new one. Rejects when the cluster cannot be reached now. */
  #current(): Promise<OpenProducer> {
    if (this.#open?.sockets.connected) return Promise.resolve(this.#open);
    if (this.#open) this.#drop(this.#open, 'the connection was lost');
    this.#opening ??= this.#openOne().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #openOne(): Promise<OpenProducer> {
    const { kafka, sockets } = openClient(this.#options);
    const producer = kafka.producer({
      createPartitioner,
      idempotent: false,
      allowAutoTopicCreation: false,
      metadataMaxAge: METADATA_MAX_AGE_MS,
    });
    try {
      await this.#unlessClosed(producer.connect());
    } catch (failure) {
      sockets.close(wordsOf(failure));
      throw failure;
    }
    this.#open = { producer, sockets };
    this.#sayBack();
    return this.#open;
  }

  #drop(open: OpenProducer, why: string): void {
    if (this.#open === open) this.#open = undefined;
    open.sockets.close(why);
    open.producer.disconnect().catch(() => undefined);
  }

  async #unlessClosed<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#closed;
    if (signal.aborted) {
      // It is under way already; what becomes of it is of no interest, but a rejection that nobody takes ends a process.
      work.catch(() => undefined);
      throw new ProducerClosed();
    }
    let onAbort = () => {};
    const closed = new Promise<never>((_, reject) => {
      onAbort = () => reject(new ProducerClosed());
      signal.addEventListener('abort', onAbort);
    });
    try {
      return await Promise.race([work, closed]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #sayAway(failure: unknown): void {
    if (this.#saidAway || this.#closing) return;
    this.#saidAway = true;
    this.#options.logger?.warn({ why: wordsOf(failure) }, 'the producer has no cluster; trying until there is one');
  }

  #sayBack(): void {
    if (!this.#saidAway) return;
    this.#saidAway = false;
    this.#options.logger?.info({}, 'the producer has its cluster');
  }
}
