import type { Task } from '../kernel/host.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Rules } from '../rules.ts';
import type { Kafka, LogRecord, Partition } from './kafka.ts';
import { DatabaseAway } from './postgres.ts';

/**
 * Model of libs/kafka/src/{partition-lane,record-handling}.ts: the records of a partition one after the other; a database
 * that is away is waited for; what is too early is held, or goes to the dead letters, and the partition goes on. Offsets are
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

/** What it throws when a record is right and only too early: it can be handled after `inMs`. */
export class TooEarly extends Error {
  readonly inMs: number;

  constructor(inMs: number) {
    super(`can be handled in ${inMs} ms`);
    this.inMs = inMs;
  }
}

const RETRY_MS = 100;
const HELD_AT_MOST_MS = 4_000;

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

function* handleRecord(record: LogRecord, { kernel, partition, handle, deadLetter }: LaneOf): Task<void> {
  const startedMs = kernel.nowMs;
  let isGivenUp = false;
  for (;;) {
    try {
      yield* isGivenUp ? deadLetter(record, partition) : handle(record);
      return;
    } catch (failure) {
      if (failure instanceof DatabaseAway) yield RETRY_MS;
      else if (failure instanceof TooEarly) {
        const inMs = Math.max(1, failure.inMs);
        isGivenUp = kernel.nowMs - startedMs + inMs > HELD_AT_MOST_MS;
        if (!isGivenUp) yield inMs;
      } else throw failure;
    }
  }
}
