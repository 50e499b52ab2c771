/**
 * Where the fields of a record batch of format 2 lie, in bytes from its beginning; all numbers are big-endian. It is the
 * format of logs, of fetch answers and of produce requests alike, which is why a batch can be passed on as it is.
 *
 * Source: Kafka's documentation, "Message Format"; KIP-98 (producer and transaction fields), KIP-534 (delete horizon).
 */
export const AT = {
  /** int64. Set by the leader; a producer sends 0. Not under the checksum. */
  baseOffset: 0,
  /** int32: bytes after this field. Not under the checksum. */
  length: 8,
  /** int32. Set by the leader; a producer sends −1. Not under the checksum. */
  partitionLeaderEpoch: 12,
  /** int8: 2. Not under the checksum. */
  magic: 16,
  /** uint32: CRC-32C of everything from `attributes` on. */
  checksum: 17,
  /** int16: see `ATTRIBUTE`. */
  attributes: 21,
  /** int32. A log that was compacted has batches with fewer records than this says; a producer may not send one. */
  lastOffsetDelta: 23,
  /** int64, milliseconds; of the first record, or the delete horizon, and each record has a delta to it. */
  baseTimestamp: 27,
  /** int64, milliseconds; with `appendTime` the time of every record. */
  maxTimestamp: 35,
  /** int64; −1 without idempotence. */
  producerId: 43,
  /** int16; −1 without idempotence. */
  producerEpoch: 51,
  /** int32; −1 without idempotence. */
  baseSequence: 53,
  /** int32. */
  recordCount: 57,
  /** The records, or their compressed form. */
  records: 61,
} as const;

/** Bytes that the length does not count: the base offset and the length itself. */
export const LENGTH_OVERHEAD = AT.partitionLeaderEpoch;

/** The bits of `attributes`. */
export const ATTRIBUTE = {
  compression: 0x07,
  appendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
  deleteHorizon: 0x40,
} as const;

export const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type Codec = (typeof CODECS)[number];

/** A record is never shorter: length, attributes, both deltas, key and value lengths, header count, a byte each. */
export const SMALLEST_RECORD = 7;

/** CRC-32C (Castagnoli) of these bytes, unsigned. Passed in, as the fast ones are native. */
export type Crc32c = (bytes: Uint8Array) => number;

export const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => new DataView(buffer, byteOffset, byteLength);
