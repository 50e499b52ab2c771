import { GroupConsumer } from './group-consumer.ts';
import type { LaneWork } from './partition-lane.ts';
import { ResilientProducer } from './producer.ts';
import { handleRecord } from './record-handling.ts';
import type { ConsumeOptions, KafkaOptions, RecordProducer, RunningConsumer } from './types.ts';

const MAX_ATTEMPTS = 5;
/** An idle member asks twice a second, and closing waits for the question that is under way. */
const MAX_WAIT_MS = 500;
const MAX_BYTES_PER_PARTITION = 1024 * 1024;
const MAX_BYTES = 4 * MAX_BYTES_PER_PARTITION;

/** Handles records one by one: in order per partition, poison to the dead letters, at least once. */
export function consumeRecords(kafka: KafkaOptions, options: ConsumeOptions): RunningConsumer {
  const { groupId, topics, fromBeginning = true, onRecord, maxAttempts = MAX_ATTEMPTS, signal } = options;
  let ownProducer: ResilientProducer | undefined;
  const deadLetters = async (): Promise<Pick<RecordProducer, 'append'>> => {
    if (options.deadLetters) return options.deadLetters;
    ownProducer ??= new ResilientProducer(kafka);
    return ownProducer;
  };
  const onDeadLetter = options.onDeadLetter?.bind(options);
  const handling = { groupId, onRecord, maxAttempts, deadLetters, onDeadLetter, logger: kafka.logger };
  const work: LaneWork = async ({ records }, done, stopped) => {
    for (const record of records) {
      if (stopped.aborted || !(await handleRecord(record, handling, stopped))) return;
      done(record.offset);
    }
  };
  const settings = {
    ...{ groupId, topics, fromBeginning },
    ...{ maxWaitMs: MAX_WAIT_MS, maxBytesPerPartition: MAX_BYTES_PER_PARTITION, maxBytes: MAX_BYTES },
  };
  const consumer = new GroupConsumer(kafka, settings, work, signal);
  return {
    health: consumer.health,
    async close() {
      await consumer.close();
      await ownProducer?.close();
    },
  };
}
