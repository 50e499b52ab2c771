import { setTimeout as pause } from 'node:timers/promises';
import { createKafka, type RunningConsumer } from '@meridian/kafka';
import type { Logger } from '@meridian/service-kit/process';
import type { Cluster, Division } from './replication-engine.ts';

/** Not replicated, by its name. Nobody ever writes to it: what counts is who of a group has which of its partitions. */
const TOPIC = 'replicator-shares.local';
/** More than there are ever replicators in a region, and a multiple of two, three, four and six. */
const SHARES = 24;
const RETRY_MS = 250;

/** Which share a partition of an origin's topic belongs to. The partitions of a topic follow each other, so that they spread. */
export function shareOf(origin: string, topic: string, partition: number): number {
  let hash = 0;
  for (const char of `${origin}/${topic}`) hash = (Math.imul(hash, 31) + (char.codePointAt(0) as number)) >>> 0;
  return (hash + partition) % SHARES;
}

/**
 * How several replicators of a region divide what is to be copied: by a group in their own cluster, as whoever does not reach
 * that one cannot copy either. It is not on the way of any record. At a new division the old and the new owner of a partition
 * can both copy it for a moment: with `verbatim` the broker takes each record once, with `kafkajs` the last come twice.
 */
export class Shares implements Division {
  #mine: ReadonlySet<number> = new Set();
  readonly #listeners = new Set<() => void>();
  readonly #stopping = new AbortController();
  #member: RunningConsumer | undefined;

  constructor({ region, brokers }: Cluster, logger: Logger) {
    void this.#join(region, brokers, logger);
  }

  owns(origin: string, topic: string, partition: number): boolean {
    return this.#mine.has(shareOf(origin, topic, partition));
  }

  onDivided(listener: () => void): void {
    this.#listeners.add(listener);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#member?.close();
  }

  async #join(region: string, brokers: string[], logger: Logger): Promise<void> {
    const kafka = createKafka({ clientId: `replicator.${region}`, brokers, logger });
    const admin = kafka.admin();
    const { signal } = this.#stopping;
    for (let isThere = false; !isThere && !signal.aborted; ) {
      isThere = await admin.ensureTopics([{ topic: TOPIC, partitions: SHARES }]).then(
        () => true,
        () => false,
      );
      if (!isThere) await pause(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
    await admin.close();
    if (signal.aborted) return;
    this.#member = await kafka.divide({
      groupId: `replicators.${region}`,
      topic: TOPIC,
      onDivided: (partitions) => {
        this.#mine = new Set(partitions);
        logger.info({ shares: partitions.length, of: SHARES }, 'the work is divided');
        for (const listener of this.#listeners) listener();
      },
    });
  }
}
