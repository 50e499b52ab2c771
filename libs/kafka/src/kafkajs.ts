import Module, { createRequire } from 'node:module';
import type * as Kafkajs from 'kafkajs';
import type { PartitionAssigner } from 'kafkajs';
import { CODECS } from './codecs.ts';
import type { RawHeader } from './record.ts';

/**
 * kafkajs with six things inside of it replaced. Whatever needs kafkajs takes it from here.
 *
 * 1. Headers come and go as pairs. kafkajs makes an object of them, which forgets the order, and cannot write a header
 *    without a value: a record could not be copied as it is.
 * 2. The checksum of what is sent is computed by native code; kafkajs does it byte by byte in JavaScript.
 * 3. A connection has no timer when nothing waits to be sent. kafkajs sets one with a negative delay after every answer,
 *    which fires at once and sets the next: a thousand wake-ups a second and a warning of Node's.
 * 4. A consumer can go on as the member that an earlier one was. A group waits for a member that vanished until its
 *    session has run out; kafkajs comes back as a stranger after every crash, and so waits for itself.
 * 5. A heartbeat does not hold up the next fetch. kafkajs waits for its answer before it reads on: over a distance, that
 *    is a round trip a second in which nothing waits for records at the far end.
 * 6. zstd can be read and written, and what a batch may become has a bound. Its own codec is gzip alone, without one.
 *
 * Why here and not in a fork: it is a hundred lines against a version that is pinned and no longer changes. They are put
 * in place before kafkajs is loaded, as its modules keep what they first saw of each other, and this fails when that
 * order or the version is not what it was written for.
 */
const WRITTEN_FOR = '2.2.4';

const require = createRequire(import.meta.url);
const { version } = require('kafkajs/package.json') as { version: string };
if (version !== WRITTEN_FOR) throw new Error(`libs/kafka changes kafkajs ${WRITTEN_FOR} inside; this is ${version}`);

interface Encoder {
  writeVarInt(value: number): Encoder;
  writeInt8(value: number): Encoder;
  writeVarLong(value: unknown): Encoder;
  writeVarIntString(value: string): Encoder;
  writeVarIntBytes(value: Bytes): Encoder;
  writeEncoder(encoder: Encoder): Encoder;
  size(): number;
  buffer: Buffer;
}
interface Decoder {
  readInt8(): number;
  readVarInt(): number;
  readVarLong(): unknown;
  readVarIntBytes(): Buffer | null;
  readVarIntString(): string;
}
interface Long {
  add(other: unknown): Long;
  toString(): string;
}
type Bytes = Buffer | string | null | undefined;
interface RecordToEncode {
  offsetDelta?: number;
  timestampDelta?: unknown;
  key?: Bytes;
  value?: Bytes;
  headers?: readonly RawHeader[];
}
interface BatchContext {
  firstOffset: string;
  firstTimestamp: string;
  maxTimestamp: string;
  magicByte: number;
  isControlBatch?: boolean;
  timestampType: number;
}

const REPLACED = Symbol.for('@meridian/kafka: replaced');

/**
 * Loads a file as `require` does, but below the hooks on `require`: OpenTelemetry's remembers what it saw of each module
 * and would go on giving out the original.
 */
const load = (file: string) => (Module as unknown as { _load(file: string): object })._load(file);

/** Puts what `make` makes in the place of one of kafkajs's modules, unless an earlier evaluation of this file has. */
function replace(path: string, usedBy: string, make: () => object): void {
  const file = require.resolve(`kafkajs/src/protocol/${path}`);
  const found = load(file);
  if (REPLACED in found) return;
  if (require.cache[require.resolve(`kafkajs/src/protocol/${usedBy}`)])
    throw new Error('kafkajs was loaded before libs/kafka could change it; import it from there only');
  const loaded = require.cache[file];
  if (!loaded || typeof found !== 'function') throw new Error(`kafkajs has no function in src/protocol/${path}`);
  loaded.exports = Object.assign(make(), { [REPLACED]: true });
  if (!(REPLACED in require(file))) throw new Error(`a hook on require hides the change to kafkajs's ${path}`);
}

const { crc32c } = require('@node-rs/crc32') as { crc32c(input: Buffer): number };
replace('recordBatch/crc32C/index.js', 'recordBatch/v0/index.js', () => (buffer: Buffer) => crc32c(buffer));

const KafkaEncoder = require('kafkajs/src/protocol/encoder.js') as new () => Encoder;
replace('recordBatch/record/v0/index.js', 'requests/produce/v3/request.js', () => (record: RecordToEncode): Encoder => {
  const { offsetDelta = 0, timestampDelta = 0, key, value, headers = [] } = record;
  const body = new KafkaEncoder()
    .writeInt8(0)
    .writeVarLong(timestampDelta)
    .writeVarInt(offsetDelta)
    .writeVarIntBytes(key)
    .writeVarIntBytes(value)
    .writeVarInt(headers.length);
  for (const [name, held] of headers) body.writeVarIntString(name).writeVarIntBytes(held);
  return new KafkaEncoder().writeVarInt(body.size()).writeEncoder(body);
});

const KafkaLong = require('kafkajs/src/utils/long.js') as { fromValue(value: string): Long };
const { LOG_APPEND_TIME } = require('kafkajs/src/protocol/timestampTypes.js') as { LOG_APPEND_TIME: number };
replace(
  'recordBatch/record/v0/decoder.js',
  'recordBatch/v0/decoder.js',
  () => (decoder: Decoder, batch: BatchContext) => {
    const attributes = decoder.readInt8();
    const timestampDelta = decoder.readVarLong();
    const offsetDelta = decoder.readVarInt();
    const key = decoder.readVarIntBytes();
    const value = decoder.readVarIntBytes();
    const headers: RawHeader[] = new Array(decoder.readVarInt());
    for (let i = 0; i < headers.length; i += 1) headers[i] = [decoder.readVarIntString(), decoder.readVarIntBytes()];
    return {
      magicByte: batch.magicByte,
      attributes,
      timestamp:
        batch.timestampType === LOG_APPEND_TIME && batch.maxTimestamp
          ? batch.maxTimestamp
          : KafkaLong.fromValue(batch.firstTimestamp).add(timestampDelta).toString(),
      offset: KafkaLong.fromValue(batch.firstOffset).add(offsetDelta).toString(),
      key,
      value,
      headers,
      isControlRecord: batch.isControlBatch ?? false,
      batchContext: batch,
    };
  },
);

interface RequestQueue {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}
const { prototype: queue } = require('kafkajs/src/network/requestQueue/index.js') as { prototype: RequestQueue };
if (typeof queue.scheduleCheckPendingRequests !== 'function') throw new Error('kafkajs queues requests otherwise');
/** kafkajs's own pause between two looks. */
const LOOK_AGAIN_MS = 10;
queue.scheduleCheckPendingRequests = function scheduleCheckPendingRequests(this: RequestQueue) {
  if (this.throttleCheckTimeoutId || this.pending.length === 0) return;
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    Math.max(this.throttledUntil - Date.now(), LOOK_AGAIN_MS),
  );
};

interface ConsumerGroup {
  memberId: string | null;
  generationId: number | null;
  assigners: { rejoinAs?: string }[];
  connect(): Promise<void>;
  heartbeat(options: { interval: number }): Promise<void>;
  /** The heartbeat under way, and the answer by which the coordinator has ended a membership. Ours. */
  beating?: Promise<void> | undefined;
  membershipOver?: { memberId: string | null; generationId: number | null; failure: unknown } | undefined;
}
/** kafkajs joins anew on these. */
const ENDS_MEMBERSHIP = new Set([
  'REBALANCE_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
]);
const { prototype: group } = require('kafkajs/src/consumer/consumerGroup.js') as { prototype: ConsumerGroup };
if (typeof group.connect !== 'function' || typeof group.heartbeat !== 'function')
  throw new Error('kafkajs keeps groups otherwise');
if (!(REPLACED in group.connect)) {
  const { connect, heartbeat } = group;
  group.heartbeat = async function heartbeatBeside(this: ConsumerGroup, options) {
    // What ends a membership is told by the next call: to the loop that reads, a fetch later at most.
    const { memberId, generationId, membershipOver: over } = this;
    if (over && over.memberId === memberId && over.generationId === generationId) throw over.failure;
    this.beating ??= heartbeat
      .call(this, options)
      .catch((failure: { type?: string }) => {
        // Anything else is a heartbeat that was lost, and the next one is due soon.
        if (ENDS_MEMBERSHIP.has(failure.type ?? '')) this.membershipOver = { memberId, generationId, failure };
      })
      .finally(() => {
        this.beating = undefined;
      });
  };
  group.connect = Object.assign(
    async function connectAsBefore(this: ConsumerGroup) {
      await connect.call(this);
      // An id that the group no longer knows is refused, and kafkajs then asks for a new one.
      this.memberId ??= this.assigners[0]?.rejoinAs ?? null;
    },
    { [REPLACED]: true },
  );
}

const kafkajs = require('kafkajs') as typeof Kafkajs;
export const { ConfigResourceTypes, ConfigSource, Kafka, logLevel } = kafkajs;

/** kafkajs's division of partitions, with the id of the member to go on as; that has no other way into a consumer. */
export function divideAs(memberId: string | undefined): PartitionAssigner {
  return (config) => Object.assign(kafkajs.PartitionAssigners.roundRobin(config), { rejoinAs: memberId });
}

kafkajs.CompressionCodecs[kafkajs.CompressionTypes.GZIP] = () => CODECS.gzip;
kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => CODECS.zstd;
