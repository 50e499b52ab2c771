import type { Broker } from './kafkajs-broker.ts';
import { keyOf } from './log-reading.ts';
import { partitionOf } from './partition-of.ts';
import type { TopicPartition } from './partition-offset.ts';
import { type BatchToWrite, writeUndecoded } from './undecoded-produce.ts';

/** The broker works the requests of a connection off one by one: one that waits there spares it a pause, more only wait. */
const REQUESTS_IN_FLIGHT = 2;

/** A broker works the requests of a connection off one by one, so a single one keeps it to one processor. */
const LINES_PER_LEADER = 2;

/**
 * Which of the lines to a leader a partition has: always the same one, as its batches must stay in order. The partitions of a topic
 * in turn, and topics from different ones on, as most topics may have a single partition.
 */
export function lineOf({ topic, partition }: TopicPartition): number {
  return (partitionOf(topic, LINES_PER_LEADER) + partition) % LINES_PER_LEADER;
}

interface Waiting extends BatchToWrite {
  resolve(): void;
  reject(failure: unknown): void;
}

/**
 * A way to one broker. What comes while its requests are under way, or in the same turn, leaves together in the next one: the
 * busier it is, the more partitions share a request.
 */
export class LeaderLine {
  readonly broker: Promise<Broker>;
  #waiting: Waiting[] = [];
  #inFlight = 0;
  #leaving = false;

  constructor(broker: Promise<Broker>) {
    this.broker = broker;
    broker.catch(() => undefined);
  }

  /** Resolves when the batch is acknowledged; rejects with the broker's refusal of it, or with why there is no answer. */
  write(batch: BatchToWrite): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...batch, resolve, reject });
      this.#leaveSoon();
    });
  }

  #leaveSoon(): void {
    if (this.#leaving || this.#inFlight >= REQUESTS_IN_FLIGHT || this.#waiting.length === 0) return;
    this.#leaving = true;
    setImmediate(() => {
      this.#leaving = false;
      const together = this.#waiting;
      this.#waiting = [];
      if (together.length > 0) void this.#send(together);
    });
  }

  async #send(together: readonly Waiting[]): Promise<void> {
    this.#inFlight += 1;
    try {
      const refusals = await writeUndecoded(await this.broker, together);
      for (const one of together) {
        const refusal = refusals.get(keyOf(one));
        if (refusal) one.reject(refusal);
        else one.resolve();
      }
    } catch (failure) {
      for (const one of together) one.reject(failure);
    } finally {
      this.#inFlight -= 1;
      this.#leaveSoon();
    }
  }
}
