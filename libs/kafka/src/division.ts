import { GroupConsumer } from './group-consumer.ts';
import type { DivideOptions, KafkaOptions, RunningConsumer } from './types.ts';

/** Nothing is ever read: each fetch waits this long, and heartbeats leave between fetches. */
const MAX_WAIT_MS = 500;
const MAX_BYTES = 1024;

/** A member of a group for the sake of how it is divided alone. */
export function divide(kafka: KafkaOptions, { groupId, topic, onDivided }: DivideOptions): RunningConsumer {
  const settings = {
    ...{ groupId, topics: [topic], fromBeginning: false },
    ...{ maxWaitMs: MAX_WAIT_MS, maxBytesPerPartition: MAX_BYTES, maxBytes: MAX_BYTES },
    onAssigned: (assignment: Readonly<Record<string, readonly number[]>>) => onDivided(assignment[topic] ?? []),
  };
  return new GroupConsumer(kafka, settings, async () => undefined);
}
