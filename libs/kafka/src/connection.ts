import { consumeRecordBatches, consumeUndecodedBatches } from './batch-consumer.ts';
import { KafkaClusterAdmin } from './cluster-admin.ts';
import { consumeRecords } from './consumer.ts';
import { divide } from './division.ts';
import { KafkaLogReader } from './log-reader.ts';
import { ResilientProducer } from './producer.ts';
import { readRecordsAt } from './read-records.ts';
import type { KafkaConnection, KafkaOptions } from './types.ts';
import { ResilientUndecodedProducer } from './undecoded-producer.ts';

/**
 * Kafka as the rest of Meridian uses it: a producer and consumers that lose nothing and come back by themselves, over
 * kafkajs, which by itself does neither (docs/adr/0001).
 */
export function createKafka(options: KafkaOptions): KafkaConnection {
  return {
    clientId: options.clientId,
    producer: async () => new ResilientProducer(options),
    consume: async (consumer) => consumeRecords(options, consumer),
    consumeBatches: async (consumer) => consumeRecordBatches(options, consumer),
    consumeUndecoded: async (consumer) => consumeUndecodedBatches(options, consumer),
    divide: async (division) => divide(options, division),
    undecodedProducer: async () => new ResilientUndecodedProducer(options),
    admin: () => new KafkaClusterAdmin(options),
    readAt: (topic, positions) => readRecordsAt(options, topic, positions),
    logReader: () => new KafkaLogReader(options),
  };
}
