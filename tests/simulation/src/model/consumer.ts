import type { Task } from '../kernel/host.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Rules } from '../rules.ts';
import type { Kafka, LogRecord, Partition } from './kafka.ts';
import { DatabaseAway } from './postgres.ts';

/**
 * Model of libs/kafka/src/{partition-lane,record-handling}.ts: the records of a partition one after the other; a database
 * that is away is waited for; what fails again and again goes to the dead letters, and the partition goes on. Offsets are
 * committed now and then, so what was handled just before a crash is handled again.
 */

export interface LaneOf {
  kernel: Kernel;
  region: string;
  rules: Rules;
  kafka: Kafka;
  group: string;
  partition: Partition;
  handle(record: LogRecord): Task<void>;
  deadLetter(record: LogRecord, partition: Partition): Task<void>;
}

/** What it throws when the record itself is to blame. */
export class Poison extends Error {}

const ATTEMPTS = 3;
const PAUSE_MS = 600;
const RETRY_MS = 100;

export function* consume(of: LaneOf): Task<void> {
  const { kernel, region, rules, kafka, group, partition } = of;
  const random = kernel.randomOf(`${region} ${group} reads ${partition.topic}/${partition.index}`);
  let offset = partition.offsets.get(group) ?? 0;
  for (;;) {
    const record = partition.records[offset];
    if (!record) {
      yield partition.arrived.rung;
      continue;
    }
    if (!kafka.up) {
      yield RETRY_MS;
      continue;
    }
    if (rules.offsetBeforeHandling) partition.offsets.set(group, offset + 1);
    yield random.next() * 2;
    yield* handleRecord(record, of);
    offset += 1;
    if (random.chance(0.4)) partition.offsets.set(group, offset);
  }
}

function* handleRecord(record: LogRecord, { partition, handle, deadLetter }: LaneOf): Task<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (attempt <= ATTEMPTS) yield* handle(record);
      else yield* deadLetter(record, partition);
      return;
    } catch (failure) {
      if (failure instanceof DatabaseAway) attempt -= 1;
      else if (!(failure instanceof Poison)) throw failure;
      yield failure instanceof DatabaseAway ? RETRY_MS : PAUSE_MS;
    }
  }
}
