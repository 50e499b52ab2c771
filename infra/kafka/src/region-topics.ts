import {
  compressionTypeOf,
  dlqTopic,
  PARTITIONS_PER_TOPIC,
  remoteTopic,
  TOPICS,
  type TopicCompression,
} from '@meridian/contracts';
import { otherRegionIds, type RegionId, type Topology } from '@meridian/regions';

export interface TopicToMake {
  topic: string;
  partitions: number;
  /** Of Kafka's settings of a topic those that it is to have. */
  config?: Record<string, string>;
}

/**
 * The topics of a region's cluster: its own, the copies of every other region's, and a dead-letter topic for each. They
 * are made before anything runs, so that a copy has as many partitions as its original.
 *
 * Its own have the compression, as they are what crosses links, and a link is spared only by what is done before it. That
 * is said when it is `none`, too: topics that are there may have the one of the run before. Copies are kept as they come, and
 * dead letters go nowhere.
 */
export function regionTopics(
  topology: Topology,
  region: RegionId,
  compression: TopicCompression = 'none',
): TopicToMake[] {
  const own = Object.values(TOPICS);
  const copies = otherRegionIds(topology, region).flatMap((origin) => own.map((topic) => remoteTopic(origin, topic)));
  const config = { 'compression.type': compressionTypeOf(compression) };
  return [
    ...own.map((topic) => ({ topic, partitions: PARTITIONS_PER_TOPIC, config })),
    ...copies.map((topic) => ({ topic, partitions: PARTITIONS_PER_TOPIC })),
    ...[...own, ...copies].map((topic) => ({ topic: dlqTopic(topic), partitions: 1 })),
  ];
}
