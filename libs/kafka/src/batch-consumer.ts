import { DECODED_BYTES_PER_PARTITION } from './kafka-settings.ts';
import { type Reading, readingRecords } from './log-reading.ts';
import type { LogItem } from './partition-lane.ts';
import { createBackoff, pause, wordsOf } from './pauses.ts';
import { type PositionedWork, SoleConsumer } from './sole-consumer.ts';
import type {
  BatchReading,
  ConsumeBatchesOptions,
  ConsumeUndecodedOptions,
  KafkaOptions,
  RunningConsumer,
} from './types.ts';
import { readingUndecoded } from './undecoded-fetch.ts';

const MAX_WAIT_MS = 2_000;
const MAX_BYTES_PER_PARTITION = 1024 * 1024;
const MAX_BYTES = 4 * MAX_BYTES_PER_PARTITION;
const RETRY_FIRST_MS = 100;
const RETRY_LONGEST_MS = 2_000;
const SAY_EVERY_TRIES = 30;
/** Takes the place of one that another kind of reader has left: it is of a position that this one goes away from. */
const NO_NOTE = '';

export function consumeRecordBatches(kafka: KafkaOptions, options: ConsumeBatchesOptions): RunningConsumer {
  return consumeInBatches(
    kafka,
    { maxBytesPerPartition: DECODED_BYTES_PER_PARTITION, ...options },
    readingRecords,
    async ({ topic, partition, records, highWatermark }, signal) => {
      await options.onBatch({ topic, partition, records, highWatermark, signal });
      return NO_NOTE;
    },
  );
}

export function consumeUndecodedBatches(kafka: KafkaOptions, options: ConsumeUndecodedOptions): RunningConsumer {
  return consumeInBatches(kafka, options, readingUndecoded, ({ records: batches, ...where }, signal) =>
    options.onBatches({ ...where, batches, signal }),
  );
}

/** Hands on what was read together, each time until it is taken. The offset is committed only then. */
function consumeInBatches<Item extends LogItem>(
  kafka: KafkaOptions,
  options: BatchReading,
  reading: Reading<Item>,
  take: (batch: Parameters<PositionedWork<Item>>[0], signal: AbortSignal) => Promise<string | undefined>,
): RunningConsumer {
  const { groupId, topics, fromBeginning = true, signal } = options;
  const work: PositionedWork<Item> = async (batch, done, stopped) => {
    if (batch.records.length === 0) return batch.release?.();
    const { topic, partition } = batch;
    const backoff = createBackoff(RETRY_FIRST_MS, RETRY_LONGEST_MS);
    for (let tries = 1; !stopped.aborted; tries += 1) {
      try {
        done(batch.lastOffset, await take(batch, stopped));
        batch.release?.();
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
    ...{ groupId, topics, fromBeginning, onNothingCommitted: options.onNothingCommitted, owns: options.owns },
    maxWaitMs: options.maxWaitMs ?? MAX_WAIT_MS,
    maxBytesPerPartition: options.maxBytesPerPartition ?? MAX_BYTES_PER_PARTITION,
    maxBytes: options.maxBytes ?? MAX_BYTES,
  };
  return new SoleConsumer(kafka, settings, reading, work, signal);
}
