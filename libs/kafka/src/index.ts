export { ensureTopics, listTopics } from './admin.ts';
export { MOST_DECOMPRESSED_BYTES } from './codecs.ts';
export { createKafka } from './connection.ts';
export { DEAD_LETTER_HEADERS, type DeadLetter, fromDeadLetter } from './dead-letters.ts';
export { GroupHasMembers } from './group-has-members.ts';
export { partitionOf } from './partition-of.ts';
export type { PartitionOffset } from './partition-offset.ts';
export { OutOfSequence, ProducerClosed, RecordsRefused } from './persistent-client.ts';
export { inProcessSpan, type RecordInSpan } from './process-span.ts';
export {
  headersToStrings,
  headerText,
  type IncomingRecord,
  type OutgoingRecord,
  type RawHeader,
  type RecordPosition,
} from './record.ts';
export { RetryForever } from './retry-forever.ts';
export { TooEarly } from './too-early.ts';
export type {
  ClusterAdmin,
  ConsumeBatchesOptions,
  ConsumeOptions,
  ConsumerHealth,
  ConsumeUndecodedOptions,
  DivideOptions,
  FetchedBatch,
  GroupPosition,
  HandleTogether,
  KafkaConnection,
  KafkaOptions,
  LogBounds,
  LogPart,
  LogReader,
  RecordBatch,
  RecordProducer,
  RunningConsumer,
  TopicPartitions,
  TopicRecords,
  TopicToEnsure,
  UndecodedBatches,
  UndecodedProducer,
} from './types.ts';
