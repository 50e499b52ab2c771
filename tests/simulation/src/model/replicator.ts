import { isReplicated, remoteTopic } from '@meridian/contracts';
import type { Host, Task } from '../kernel/host.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Link } from '../kernel/link.ts';
import type { Kafka, Partition } from './kafka.ts';

/**
 * Model of apps/replicator: one process per region copies the topics of every other region into its own cluster, under
 * the names and to the partitions that @meridian/contracts says. At least once: what was copied is noted now and then, so
 * after a crash the last records are copied again. Partitions are copied side by side and overtake each other.
 */

export interface ReplicatorOf {
  kernel: Kernel;
  region: string;
  regions: readonly string[];
  clusters: ReadonlyMap<string, Kafka>;
  topics: readonly string[];
  /** From another region to this one. */
  linkFrom(origin: string): Link;
  isReplicated: typeof isReplicated;
}

const BATCH = 10;
const RETRY_MS = 250;

const FIND_TOPICS_AFTER_MS = 20;

export function* runReplicator(host: Host, of: ReplicatorOf): Task<void> {
  yield FIND_TOPICS_AFTER_MS;
  for (const origin of of.regions) {
    if (origin === of.region) continue;
    const cluster = of.clusters.get(origin) as Kafka;
    const found = [...cluster.topics.keys()].filter((topic) => of.isReplicated(topic, of.regions));
    for (const topic of new Set([...of.topics, ...found]))
      for (const partition of cluster.partitionsOf(topic)) host.start(copy(partition, origin, of));
  }
}

function* copy(partition: Partition, origin: string, of: ReplicatorOf): Task<void> {
  const { region, clusters } = of;
  const random = of.kernel.randomOf(`${region} copies ${origin} ${partition.topic}/${partition.index}`);
  const source = clusters.get(origin) as Kafka;
  const target = clusters.get(region) as Kafka;
  const group = `replicator of ${region}`;
  const link = of.linkFrom(origin);
  let offset = partition.offsets.get(group) ?? 0;
  for (;;) {
    if (offset >= partition.records.length) {
      yield partition.arrived.rung;
      continue;
    }
    // Kafka retries, the link loses or is cut: all of it looks like this from here.
    if (link.isCut || !source.up || !target.up) {
      yield RETRY_MS;
      continue;
    }
    const batch = partition.records.slice(offset, offset + BATCH);
    yield link.nextDelayMs();
    if (link.isCut || !target.up) continue;
    for (const record of batch) target.append(remoteTopic(origin, partition.topic), partition.index, record);
    if (random.chance(target.lostAnswers)) continue;
    offset += batch.length;
    if (random.chance(0.5) && !link.isCut) partition.offsets.set(group, offset);
  }
}
