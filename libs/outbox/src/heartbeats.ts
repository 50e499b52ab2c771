import { compareTransactions } from '@meridian/consistency';
import { heartbeatToHeaders } from '@meridian/contracts';
import type { TopicRecords } from '@meridian/kafka';
import type { Origin } from './to-records.ts';

/**
 * The problem: a partition in which nothing happens tells nobody how far its origin has come, and a region that waits for
 * the origin's horizon there would wait for ever. So a partition that has not heard is told.
 *
 * Told at most every 50 ms, when rows were published elsewhere: that is how much later than its event a horizon may come.
 * And every second when nothing happens at all, which bounds what can be said of staleness.
 */
export interface Heartbeats {
  /** Rows up to this transaction were published; these lanes (`<topic>/<partition>`) heard of the horizon with them. */
  published(transaction: string, lanes: Iterable<string>, horizon: string): void;
  /** Until they are due; 0 when they are. */
  dueInMs(nowMs: number): number;
  /** What is to be sent now. Every partition is told when none has heard for a second; otherwise those that lag. */
  take(view: { horizon: string; at: Date }, nowMs: number): TopicRecords[];
}

const MOST_OFTEN_MS = 50;
const WHEN_IDLE_MS = 1_000;

export function createHeartbeats(topics: readonly string[], count: number, { region, service }: Origin): Heartbeats {
  const partitions = Array.from({ length: count }, (_, partition) => partition);
  const lanes = topics.flatMap((topic) =>
    partitions.map((partition) => ({ topic, partition, lane: `${topic}/${partition}` })),
  );
  /** Of the last row that was published: what every lane should soon hear is complete. */
  let last = '0';
  const told = new Map<string, string>();
  let lastMs = Number.NEGATIVE_INFINITY;
  const isBehind = ({ lane }: { lane: string }) =>
    last !== '0' && compareTransactions(told.get(lane) ?? '0', last) <= 0;

  return {
    published(transaction, heardBy, horizon) {
      last = transaction;
      for (const lane of heardBy) told.set(lane, horizon);
    },
    dueInMs(nowMs) {
      if (lanes.length === 0) return Number.POSITIVE_INFINITY;
      return Math.max(0, lastMs + (lanes.some(isBehind) ? MOST_OFTEN_MS : WHEN_IDLE_MS) - nowMs);
    },
    take({ horizon, at }, nowMs) {
      const behind = nowMs - lastMs >= WHEN_IDLE_MS ? lanes : lanes.filter(isBehind);
      lastMs = nowMs;
      for (const { lane } of behind) told.set(lane, horizon);
      const headers = heartbeatToHeaders({ source: `/${region}/${service}`, horizon, time: at.toISOString() });
      return topics.map((topic) => ({
        topic,
        records: behind
          .filter((one) => one.topic === topic)
          .map(({ partition }) => ({ key: null, value: null, partition, headers })),
      }));
    },
  };
}
