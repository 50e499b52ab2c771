/**
 * Kafka's record batches, passed on undecoded. To copy a topic from one cluster to another, nothing has to be known of its
 * records: the batches that a fetch answers are what a produce request takes, but for a few fields of their header. What
 * that saves is nearly all of a replicator's work (docs/explanation/verbatim-replication.md).
 *
 * Pure: bytes in, bytes out; the checksum's function and decompressed records are passed in.
 *
 * Limits: format 2 alone (Kafka 0.11 and later). What has to be rewritten record by record comes out uncompressed.
 */
export { CODECS, type Codec, type Crc32c } from './batch-layout.ts';
export { type AbortedTransaction, copiedBatches } from './copied-batches.ts';
export {
  isSameProducer,
  NOBODY,
  type ProducedBy,
  producedBy,
  recordsBetween,
  sequenceAfter,
} from './produced-by.ts';
export { type Damage, type ReadBatches, readBatches } from './read-batches.ts';
export { codecOf, has, isSparse, recordBytesOf, recordCountOf, type UndecodedBatch } from './record-batch.ts';
export { MalformedRecord } from './record-cursor.ts';
export { type RecordHeaders, recordsAround } from './records-around.ts';
export { type RewritePart, rewriteRecords } from './rewrite-records.ts';
export { toProduced } from './to-produced.ts';
export { withCompressed } from './with-compressed.ts';
