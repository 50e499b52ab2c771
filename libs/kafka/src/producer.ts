import type { Producer, RecordMetadata, TopicMessages } from 'kafkajs';
import { ANSWER_WITHIN_MS, METADATA_MAX_AGE_MS, openClient } from './kafka-settings.ts';
import { createPartitioner } from './partitioner.ts';
import { type OpenClient, PersistentClient } from './persistent-client.ts';
import { toProduceRequests } from './produce-requests.ts';
import type { OutgoingRecord, RecordPosition } from './record.ts';
import type { KafkaOptions, RecordProducer, TopicRecords } from './types.ts';

interface OpenProducer extends OpenClient {
  producer: Producer;
}

/**
 * A producer that waits outages out. kafkajs gives up after some tries, keeps a connection on which nothing is answered
 * any more, and, told to be idempotent with several sends outstanding, loses acknowledged records (ADR 0001). So it is
 * not idempotent, and every failure that is not for good ends in another try, after the loss of a connection with a new
 * client. What was sent around an outage can be there twice.
 */
export class ResilientProducer implements RecordProducer {
  readonly #client: PersistentClient<OpenProducer>;

  constructor(options: KafkaOptions) {
    this.#client = new PersistentClient((closed) => openProducer(options, closed), options.logger);
  }

  get connected(): boolean {
    return this.#client.connected;
  }

  send(topic: string, records: OutgoingRecord[]): Promise<void> {
    return this.sendBatch([{ topic, records }]);
  }

  async sendBatch(batch: TopicRecords[]): Promise<void> {
    await this.#client.outstanding(async () => {
      for (const request of toProduceRequests(batch)) await this.#deliver(request);
    });
  }

  async append(topic: string, record: OutgoingRecord): Promise<RecordPosition> {
    const [written] = await this.#client.outstanding(async () => {
      const [request] = toProduceRequests([{ topic, records: [record] }]) as [TopicMessages[]];
      return this.#deliver(request);
    });
    if (written?.baseOffset === undefined) throw new Error(`the broker did not say where in ${topic} the record lies`);
    return { partition: written.partition, offset: written.baseOffset };
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #deliver(topicMessages: TopicMessages[]): Promise<RecordMetadata[]> {
    return this.#client.deliver(({ producer }) =>
      producer.sendBatch({ topicMessages, acks: -1, timeout: ANSWER_WITHIN_MS }),
    );
  }
}

async function openProducer(options: KafkaOptions, closed: AbortSignal): Promise<OpenProducer> {
  const { kafka, sockets } = openClient(options);
  const producer = kafka.producer({
    createPartitioner,
    idempotent: false,
    allowAutoTopicCreation: false,
    metadataMaxAge: METADATA_MAX_AGE_MS,
  });
  await sockets.openedBy(() => producer.connect(), closed);
  return { producer, sockets, disconnect: () => producer.disconnect() };
}
