import { type AbortedTransaction, copiedBatches, readBatches, type UndecodedBatch } from '@meridian/record-batches';
import { crc32c } from '@node-rs/crc32';
import { type AnswerBuffers, answerBuffers } from './answer-buffers.ts';
import { AnswerReader } from './answer-reader.ts';
import { byTopic } from './committed-positions.ts';
import { ANSWER_WITHIN_MS } from './kafka-settings.ts';
import type { Broker } from './kafkajs-broker.ts';
import { type FetchedPart, keyOf, type Reading, type WantedPart } from './log-reading.ts';
import type { TopicPartition } from './partition-offset.ts';
import type { FetchedBatch } from './types.ts';
import { ask, int8, int32, int64, refusalOf, string } from './undecoded-request.ts';

/**
 * Batch by batch, as they lie in the log. By version 11, though what is read of it is in version 4: below 10, a broker refuses
 * to send what was compressed with zstd to a reader that might not know it.
 */
export const readingUndecoded: Reading<FetchedBatch> = async (broker, wanted, limits) => {
  const { maxWaitMs, maxBytes, aheadBytes = 0 } = limits;
  const answer = await ask(broker, {
    ...{
      apiKey: 1,
      apiName: 'Fetch',
      apiVersion: 11,
      answerWithinMs: maxWaitMs + answerWithinMs(aheadBytes + maxBytes),
    },
    body: [fetchBody(wanted, maxWaitMs, maxBytes)],
  });
  const offsets = new Map(wanted.map((one) => [keyOf(one), BigInt(one.fetchOffset)]));
  const parts = readFetchAnswer(answer).flatMap((part) => toFetchedPart(part, offsets.get(keyOf(part)) as bigint));
  return releasing(parts, answer, answerBuffers);
};

/** A usual answer has its usual time, and one behind others has theirs as well: silence is noticed without it. */
const answerWithinMs = (bytes: number) => ANSWER_WITHIN_MS * Math.max(1, bytes / USUAL_BYTES);

/** The answer's buffer is used again when all of its parts were released, each of which may be so again by mistake. */
export function releasing<Part>(
  parts: readonly Part[],
  answer: Buffer,
  buffers: AnswerBuffers,
): (Part & { release(): void })[] {
  const held = new Set(parts);
  return parts.map((part) => ({
    ...part,
    release: () => {
      if (held.delete(part) && held.size === 0) buffers.giveBack(answer);
    },
  }));
}

/** The last batch of a log that the broker leads; undefined when the log is empty, or ends with a batch that is not copied. */
export async function readLastBatch(broker: Broker, where: TopicPartition): Promise<UndecodedBatch | undefined> {
  const [start, end] = await Promise.all(
    ['-2', '-1'].map(async (timestamp) => {
      const topics = byTopic([{ ...where, timestamp }]);
      const { responses } = await broker.listOffsets({ replicaId: NO_REPLICA, isolationLevel: READ_COMMITTED, topics });
      return BigInt(responses[0]?.partitions[0]?.offset ?? 0);
    }),
  );
  if (start === undefined || end === undefined || start >= end) return undefined;
  // A batch comes whole, however large it is.
  const wanted = [{ ...where, fetchOffset: String(end - 1n), maxBytes: 1 }];
  const [part] = await readingUndecoded(broker, wanted, { maxWaitMs: 0, maxBytes: 1 });
  return part?.items.at(-1)?.batch;
}

const USUAL_BYTES = 4 * 1024 * 1024;
const NO_REPLICA = -1;
const AT_LEAST_BYTES = 1;
const READ_COMMITTED = 1;
const NO_SESSION = [int32(0), int32(-1)];
const UNKNOWN_EPOCH = -1;
const NO_LOG_START = -1n;
const NOTHING_FORGOTTEN = int32(0);
const NO_RACK = '';

function fetchBody(wanted: readonly WantedPart[], maxWaitMs: number, maxBytes: number): Buffer {
  const topics = byTopic(wanted).flatMap(({ topic, partitions }) => [
    string(topic),
    int32(partitions.length),
    ...partitions.flatMap((part) => [
      ...[int32(part.partition), int32(UNKNOWN_EPOCH), int64(BigInt(part.fetchOffset)), int64(NO_LOG_START)],
      int32(part.maxBytes),
    ]),
  ]);
  return Buffer.concat([
    ...[int32(NO_REPLICA), int32(maxWaitMs), int32(AT_LEAST_BYTES), int32(maxBytes), int8(READ_COMMITTED)],
    ...[...NO_SESSION, int32(byTopic(wanted).length), ...topics, NOTHING_FORGOTTEN, string(NO_RACK)],
  ]);
}

interface AnsweredPart extends TopicPartition {
  highWatermark: bigint;
  aborted: AbortedTransaction[];
  batches: Buffer;
}

export function readFetchAnswer(bytes: Buffer): AnsweredPart[] {
  const answer = new AnswerReader(bytes);
  answer.int32(); // how long the broker wants us to wait, which it sees to itself
  failOn(answer.int16());
  answer.int32(); // no session
  return answer
    .array(() => {
      const topic = answer.string();
      return answer.array((): AnsweredPart => {
        const partition = answer.int32();
        failOn(answer.int16());
        const highWatermark = answer.int64();
        answer.int64(); // the last stable offset
        answer.int64(); // where the log begins
        const aborted = answer.array(() => ({ producerId: answer.int64(), firstOffset: answer.int64() }));
        answer.int32(); // a nearer replica, when a rack is named
        return { topic, partition, highWatermark, aborted, batches: answer.bytes() };
      });
    })
    .flat();
}

function failOn(errorCode: number): void {
  const refusal = refusalOf(errorCode);
  if (refusal) throw refusal;
}

/** What was damaged on the way is whole when it is fetched again, over another connection. */
function toFetchedPart(part: AnsweredPart, wantedFrom: bigint): FetchedPart<FetchedBatch>[] {
  const { topic, partition, highWatermark, aborted } = part;
  const read = readBatches(part.batches, crc32c);
  if (!read.ok) throw new Error(`${keyOf(part)} at ${wantedFrom}: ${read.reason} at byte ${read.atByte}`);
  const last = read.batches.at(-1);
  if (!last) {
    if (read.cutOffBytes > 0) throw new Error(`${keyOf(part)} at ${wantedFrom}: a batch is longer than what was sent`);
    return [];
  }
  const items = copiedBatches(read.batches, aborted)
    .filter(({ lastOffset }) => lastOffset >= wantedFrom)
    .map((batch): FetchedBatch => {
      const first = batch.baseOffset < wantedFrom ? wantedFrom : batch.baseOffset;
      return { offset: String(batch.lastOffset), firstOffset: String(first), batch };
    });
  const lastOffset = last.lastOffset < wantedFrom ? wantedFrom : last.lastOffset;
  const bytes = part.batches.length;
  return [{ topic, partition, items, lastOffset: String(lastOffset), highWatermark: String(highWatermark), bytes }];
}
