import { GroupConsumer } from './group-consumer.ts';
import { handleTogether } from './handle-together.ts';
import { DECODED_BYTES_PER_PARTITION } from './kafka-settings.ts';
import type { LaneWork } from './partition-lane.ts';
import { ResilientProducer } from './producer.ts';
import { handleRecord } from './record-handling.ts';
import type { ConsumeOptions, KafkaOptions, RecordProducer, RunningConsumer } from './types.ts';

const MAX_ATTEMPTS = 5;
/** An idle member asks twice a second, and closing waits for the question that is under way. */
const MAX_WAIT_MS = 500;
const MAX_BYTES = 4 * DECODED_BYTES_PER_PARTITION;

/**
 * Handles records in order per partition, poison to the dead letters, at least once: one by one, or several that were read
 * together at once, where the topic has somebody who can.
 */
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
  const work: LaneWork = async ({ topic, records }, done, stopped) => {
    const together = { groupId, handle: options.together?.[topic], logger: kafka.logger };
    for (let rest = records; rest.length > 0; ) {
      if (stopped.aborted) return;
      const { handled, thenAlone } = await handleTogether(rest, together);
      const last = rest[handled - 1];
      if (last) done(last.offset);
      for (const record of rest.slice(handled, handled + thenAlone)) {
        if (stopped.aborted || !(await handleRecord(record, handling, stopped))) return;
        done(record.offset);
      }
      rest = rest.slice(handled + thenAlone);
    }
  };
  const settings = {
    ...{ groupId, topics, fromBeginning },
    ...{ maxWaitMs: MAX_WAIT_MS, maxBytesPerPartition: DECODED_BYTES_PER_PARTITION, maxBytes: MAX_BYTES },
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
