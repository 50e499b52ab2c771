import { createRequire } from 'node:module';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { MOST_DECOMPRESSED_BYTES } from './codecs.ts';
import { divideAs, Kafka } from './kafkajs.ts';
import type { RawHeader } from './record.ts';

/** kafkajs's own modules, as they work together with what was put in their place. */
const require = createRequire(import.meta.url);
const inside = (path: string) => require(`kafkajs/src/${path}`);

interface Decoded {
  key: Buffer;
  value: Buffer | null;
  headers: RawHeader[];
  offset: string;
  timestamp: string;
}

const HEADERS: RawHeader[] = [
  ['z', Buffer.from('1')],
  ['a', null],
  ['z', Buffer.from([255, 0])],
  ['7', Buffer.alloc(300, 'é')],
];

async function encode(compression: number): Promise<Buffer> {
  const record = inside('protocol/recordBatch/record/v0/index.js');
  const { RecordBatch } = inside('protocol/recordBatch/v0/index.js');
  const records = [
    record({ key: 'k', value: Buffer.alloc(1_000, 'v'), headers: HEADERS }),
    record({ key: 'k', value: null, offsetDelta: 1, timestampDelta: 5 }),
  ];
  const times = { firstTimestamp: 1_000, maxTimestamp: 1_005, lastOffsetDelta: 1 };
  return (await RecordBatch({ compression, records, ...times })).buffer;
}

async function decode(bytes: Buffer): Promise<Decoded[]> {
  const Decoder = inside('protocol/decoder.js');
  return (await inside('protocol/recordBatch/v0/decoder.js')(new Decoder(bytes))).records;
}

beforeAll(() => expect(Kafka).toBeTypeOf('function'));

it.each([
  ['plain', 0],
  ['gzip', 1],
  ['zstd', 4],
])('headers keep order, repetition and absent values through a batch (%s)', async (_name, compression) => {
  const [first, second] = (await decode(await encode(compression))) as [Decoded, Decoded];
  expect(first).toMatchObject({ key: Buffer.from('k'), headers: HEADERS, offset: '0', timestamp: '1000' });
  expect(first.value).toEqual(Buffer.alloc(1_000, 'v'));
  expect(second).toMatchObject({ value: null, headers: [], offset: '1', timestamp: '1005' });
});

it.each([
  ['gzip', 1, gzipSync],
  ['zstd', 4, zstdCompressSync],
] as const)('what a batch becomes has a bound (%s)', async (_name, compression, compress) => {
  const { decompress } = inside('protocol/message/compression/index.js').lookupCodec(compression) as {
    decompress(bytes: Buffer): Promise<Buffer>;
  };
  const most = Buffer.alloc(MOST_DECOMPRESSED_BYTES);
  expect((await decompress(compress(most))).length).toBe(most.length);
  const more = compress(Buffer.alloc(MOST_DECOMPRESSED_BYTES + 1));
  expect(more.length).toBeLessThan(1_000_000);
  await expect(decompress(more)).rejects.toThrow(expect.objectContaining({ code: 'ERR_BUFFER_TOO_LARGE' }));
});

it('the native checksum is the one that kafkajs computes', async () => {
  const inJavaScript = inside('protocol/recordBatch/crc32C/crc32C.js') as (bytes: Buffer) => number;
  const batch = await encode(0);
  // Base offset, length, leader epoch and magic come before the checksum, and it speaks for all that follows it.
  expect(batch.readUInt32BE(17)).toBe(inJavaScript(batch.subarray(21)) >>> 0);
});

it('a connection has a timer only while a request waits to be sent', () => {
  const RequestQueue = inside('network/requestQueue/index.js');
  const logger = { debug() {} };
  const queue = new RequestQueue({ maxInFlightRequests: 1, requestTimeout: 1_000, logger });
  const request = (correlationId: number) => ({
    entry: { correlationId, resolve() {}, reject() {} },
    expectResponse: true,
    sendRequest() {},
  });
  queue.push(request(1));
  expect(queue.throttleCheckTimeoutId).toBeNull();
  queue.push(request(2));
  expect(queue.throttleCheckTimeoutId).not.toBeNull();
  queue.fulfillRequest({ correlationId: 1, payload: Buffer.alloc(0), size: 0 });
  queue.fulfillRequest({ correlationId: 2, payload: Buffer.alloc(0), size: 0 });
  queue.destroy();
  queue.scheduleCheckPendingRequests();
  expect(queue.throttleCheckTimeoutId).toBeNull();
});

it('a member goes on under the id that it had', async () => {
  const ConsumerGroup = inside('consumer/consumerGroup.js');
  const cluster = { connect() {}, refreshMetadataIfNecessary() {} };
  const logger = { namespace: () => logger };
  const assigners = [divideAs('member-1')({ cluster } as unknown as Parameters<ReturnType<typeof divideAs>>[0])];
  const group = new ConsumerGroup({ logger, cluster, assigners, topics: [], instrumentationEmitter: { emit() {} } });
  await group.connect();
  expect(group.memberId).toBe('member-1');
});

describe('a heartbeat', () => {
  const failureOf = (type: string) => Object.assign(new Error(type), { type });
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  /** kafkajs's membership, with a coordinator that answers each heartbeat by the next of `answers`. */
  function membership(answers: (() => Promise<void>)[]) {
    const ConsumerGroup = inside('consumer/consumerGroup.js');
    const logger = { namespace: () => logger };
    const group = new ConsumerGroup({
      logger,
      instrumentationEmitter: { emit: () => undefined },
      topics: [],
      retry: {},
    });
    let asked = 0;
    const heartbeat = () => (answers[asked++] ?? (() => Promise.resolve()))();
    Object.assign(group, { memberId: 'm', generationId: 1, lastRequest: 0, coordinator: { heartbeat } });
    return { group, beat: () => group.heartbeat({ interval: 0 }) as Promise<void>, asked: () => asked };
  }

  it('is not waited for by the loop that reads', async () => {
    const { beat, asked } = membership([() => new Promise(() => undefined)]);
    await beat();
    await beat();
    expect(asked()).toBe(1);
  });

  it('that was lost is followed by another', async () => {
    const { beat, asked } = membership([() => Promise.reject(failureOf('REQUEST_TIMED_OUT'))]);
    await beat();
    await turn();
    await beat();
    expect(asked()).toBe(2);
  });

  it.each(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'NOT_COORDINATOR_FOR_GROUP'])(
    'that is answered by %s tells it to every call until the member has joined anew',
    async (type) => {
      const { group, beat, asked } = membership([() => Promise.reject(failureOf(type))]);
      await beat();
      await turn();
      await expect(beat()).rejects.toThrow(type);
      await expect(beat()).rejects.toThrow(type);
      group.generationId = 2;
      await beat();
      expect(asked()).toBe(2);
    },
  );
});
