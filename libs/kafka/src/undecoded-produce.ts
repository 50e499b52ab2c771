import { AnswerReader } from './answer-reader.ts';
import { byTopic } from './committed-positions.ts';
import { ANSWER_WITHIN_MS } from './kafka-settings.ts';
import type { Broker } from './kafkajs-broker.ts';
import { keyOf } from './log-reading.ts';
import type { TopicPartition } from './partition-offset.ts';
import { ask, int16, int32, refusalOf, string } from './undecoded-request.ts';

export interface BatchToWrite extends TopicPartition {
  batch: Uint8Array;
}

const NO_TRANSACTION = int16(-1);
const ALL_IN_SYNC = -1;

/**
 * Writes one batch to each of some partitions that a broker leads: a request takes no more than one of each. Resolves with
 * the refusals, by `keyOf`; what is not among them is in the log of all in-sync replicas. By version 7, below which a broker
 * takes nothing that was compressed with zstd.
 */
export async function writeUndecoded(broker: Broker, batches: readonly BatchToWrite[]): Promise<Map<string, Error>> {
  const topics = byTopic(batches);
  const answer = await ask(broker, {
    ...{ apiKey: 0, apiName: 'Produce', apiVersion: 7, answerWithinMs: ANSWER_WITHIN_MS },
    body: [
      Buffer.concat([NO_TRANSACTION, int16(ALL_IN_SYNC), int32(ANSWER_WITHIN_MS), int32(topics.length)]),
      ...topics.flatMap(({ topic, partitions }) => [
        Buffer.concat([string(topic), int32(partitions.length)]),
        ...partitions.flatMap(({ partition, batch }) => [
          Buffer.concat([int32(partition), int32(batch.length)]),
          batch,
        ]),
      ]),
    ],
  });
  return readProduceAnswer(answer);
}

export function readProduceAnswer(bytes: Buffer): Map<string, Error> {
  const answer = new AnswerReader(bytes);
  const refusals = new Map<string, Error>();
  answer.array(() => {
    const topic = answer.string();
    answer.array(() => {
      const partition = answer.int32();
      const refusal = refusalOf(answer.int16());
      if (refusal) refusals.set(keyOf({ topic, partition }), refusal);
      answer.int64(); // the offset of the first record
      answer.int64(); // the broker's time, where that is the records' one
      answer.int64(); // where the log begins
    });
  });
  return refusals;
}
