import { type Reading, readingRecords } from './log-reading.ts';
import type { LaneWork, LogItem, ReadBatch } from './partition-lane.ts';
import { createBackoff, pause, wordsOf } from './pauses.ts';
import { SoleConsumer } from './sole-consumer.ts';
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

export function consumeRecordBatches(kafka: KafkaOptions, options: ConsumeBatchesOptions): RunningConsumer {
  return consumeInBatches(kafka, options, readingRecords, ({ records, ...where }, signal) =>
    options.onBatch({ ...where, records, signal }),
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
  take: (batch: ReadBatch<Item>, signal: AbortSignal) => Promise<void>,
): RunningConsumer {
  const { groupId, topics, fromBeginning = true, signal } = options;
  const work: LaneWork<Item> = async (batch, done, stopped) => {
    if (batch.records.length === 0) return;
    const { topic, partition } = batch;
    const backoff = createBackoff(RETRY_FIRST_MS, RETRY_LONGEST_MS);
    for (let tries = 1; !stopped.aborted; tries += 1) {
      try {
        await take(batch, stopped);
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
  return new SoleConsumer(kafka, settings, reading, work, signal);
}
