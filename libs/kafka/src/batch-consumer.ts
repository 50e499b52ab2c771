import type { LaneWork } from './partition-lane.ts';
import { createBackoff, pause, wordsOf } from './pauses.ts';
import { SoleConsumer } from './sole-consumer.ts';
import type { ConsumeBatchesOptions, KafkaOptions, RunningConsumer } from './types.ts';

const MAX_WAIT_MS = 2_000;
const MAX_BYTES_PER_PARTITION = 1024 * 1024;
const MAX_BYTES = 4 * MAX_BYTES_PER_PARTITION;
const RETRY_FIRST_MS = 100;
const RETRY_LONGEST_MS = 2_000;
const SAY_EVERY_TRIES = 30;

/** Hands on whole batches, each until it is taken. The offset is committed only then. */
export function consumeRecordBatches(kafka: KafkaOptions, options: ConsumeBatchesOptions): RunningConsumer {
  const { groupId, topics, fromBeginning = true, onBatch, signal } = options;
  const work: LaneWork = async (batch, done, stopped) => {
    if (batch.records.length === 0) return;
    const { topic, partition, records, highWatermark } = batch;
    const backoff = createBackoff(RETRY_FIRST_MS, RETRY_LONGEST_MS);
    for (let tries = 1; !stopped.aborted; tries += 1) {
      try {
        await onBatch({ topic, partition, records, highWatermark, signal: stopped });
        done(batch.lastOffset);
        return;
      } catch (failure) {
        if (stopped.aborted) return;
        if (tries % SAY_EVERY_TRIES === 1)
          kafka.logger?.warn({ groupId, topic, partition, tries, why: wordsOf(failure) }, 'a batch has to wait');
        await pause(backoff.nextMs(), stopped);
      }
    }
  };
  const settings = {
    ...{ groupId, topics, fromBeginning },
    maxWaitMs: options.maxWaitMs ?? MAX_WAIT_MS,
    maxBytesPerPartition: options.maxBytesPerPartition ?? MAX_BYTES_PER_PARTITION,
    maxBytes: options.maxBytes ?? MAX_BYTES,
  };
  return new SoleConsumer(kafka, settings, work, signal);
}
