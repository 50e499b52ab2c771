import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerBuffers } from './answer-buffers.ts';
import { readMetadataAnswer } from './log-identity.ts';
import { readFetchAnswer, releasing } from './undecoded-fetch.ts';
import { readProduceAnswer } from './undecoded-produce.ts';
import { compactLength, compactString, int16, int32, int64, NO_TAGS, string } from './undecoded-request.ts';

const ID = '0123456789abcdef0123456789abcdef';
const BATCHES = Buffer.from('as they lie there');

/** Answers as a broker gives them, written in the plainest way. */
const fetched = (errorCode = 0) =>
  Buffer.concat([
    ...[int32(0), int16(0), int32(0), int32(1), string('orders.v1'), int32(1)],
    ...[int32(3), int16(errorCode), int64(9n), int64(8n), int64(1n)],
    ...[int32(1), int64(77n), int64(5n), int32(-1), int32(BATCHES.length), BATCHES],
  ]);
const produced = (errorCode = 0) =>
  Buffer.concat([
    ...[int32(1), string('orders.v1'), int32(1)],
    ...[int32(3), int16(errorCode), int64(70n), int64(-1n), int64(0n), int32(0)],
  ]);
/** With a tagged field that is not known here. */
const UNKNOWN_TAG = Buffer.of(1, 42, 3, 1, 2, 3);
const described = () =>
  Buffer.concat([
    ...[NO_TAGS, int32(0), compactLength(1), int32(1), compactString('127.0.0.1'), int32(9092), Buffer.of(0), NO_TAGS],
    ...[compactString('the cluster'), int32(1), compactLength(1)],
    ...[int16(0), compactString('orders.v1'), Buffer.from(ID, 'hex'), Buffer.of(0), compactLength(1)],
    ...[
      int16(0),
      int32(0),
      int32(1),
      int32(0),
      compactLength(1),
      int32(1),
      compactLength(1),
      int32(1),
      compactLength(0),
    ],
    ...[NO_TAGS, int32(0), UNKNOWN_TAG, NO_TAGS],
  ]);

describe('an answer is read as the broker wrote it:', () => {
  it('what a fetch found, with the aborted transactions', () =>
    expect(readFetchAnswer(fetched())).toEqual([
      {
        ...{ topic: 'orders.v1', partition: 3, highWatermark: 9n, batches: BATCHES },
        aborted: [{ producerId: 77n, firstOffset: 5n }],
      },
    ]));

  it('a refusal to let read, by its name', () =>
    expect(() => readFetchAnswer(fetched(6))).toThrow(expect.objectContaining({ type: 'NOT_LEADER_FOR_PARTITION' })));

  it('what was written, and what was refused', () => {
    expect(readProduceAnswer(produced()).size).toBe(0);
    expect(readProduceAnswer(produced(45)).get('orders.v1/3')).toMatchObject({ type: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
  });

  it('which cluster it is and which topics, also with fields that a later broker adds', () =>
    expect(readMetadataAnswer(described())).toEqual({
      clusterId: 'the cluster',
      topicIds: new Map([['orders.v1', ID]]),
    }));
});

describe.each([
  ['a fetch', readFetchAnswer, fetched()],
  ['a produce request', readProduceAnswer, produced()],
  ['a question of metadata', readMetadataAnswer, described()],
] as const)('of an answer to %s that is not what it should be', (_what, read, whole) => {
  /** A broker's refusal has a type; anything else has to be the reader's own. */
  function isNamed(bytes: Buffer): void {
    try {
      read(bytes);
    } catch (failure) {
      if (!(failure instanceof RangeError) && !(failure as { type?: string }).type) throw failure;
    }
  }

  it('every truncation is a RangeError', () => {
    for (let length = 0; length < whole.length - 4; length += 1)
      expect(() => read(whole.subarray(0, length)), `${length} bytes`).toThrow(RangeError);
  });

  it('flipped bytes and random ones are a RangeError, a refusal by name, or nothing', () => {
    const flips = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 4 });
    fc.assert(
      fc.property(flips, fc.uint8Array({ maxLength: 200 }), (flipped, random) => {
        const bytes = Buffer.from(whole);
        for (const [at, byte] of flipped) bytes[at] = byte;
        isNamed(bytes);
        isNamed(Buffer.from(random));
      }),
      { numRuns: 3_000 },
    );
  });
});

it('an answer’s buffer is used again when each of its parts was released, and not when one was twice', () => {
  const buffers = new AnswerBuffers(1024 * 1024);
  const answer = buffers.take(100_000);
  const isFree = () => {
    const next = buffers.take(100_000);
    return next.buffer === answer.buffer;
  };
  const [a, b] = releasing([{ name: 'a' }, { name: 'b' }], answer, buffers);
  a?.release();
  a?.release();
  expect(isFree()).toBe(false);
  b?.release();
  expect(isFree()).toBe(true);
  b?.release();
  expect(isFree()).toBe(false);
});
