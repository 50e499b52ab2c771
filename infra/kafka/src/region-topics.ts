import { dlqTopic, PARTITIONS_PER_TOPIC, remoteTopic, TOPICS } from '@meridian/contracts';
import { otherRegionIds, type RegionId, type Topology } from '@meridian/regions';

export interface TopicToMake {
  topic: string;
  partitions: number;
}

/**
 * The topics of a region's cluster: its own, the copies of every other region's, and a dead-letter topic for each. They
 * are made before anything runs, so that a copy has as many partitions as its original.
 */
export function regionTopics(topology: Topology, region: RegionId): TopicToMake[] {
  const own = Object.values(TOPICS);
  const copies = otherRegionIds(topology, region).flatMap((origin) => own.map((topic) => remoteTopic(origin, topic)));
  return [...own, ...copies].flatMap((topic) => [
    { topic, partitions: PARTITIONS_PER_TOPIC },
    { topic: dlqTopic(topic), partitions: 1 },
  ]);
}
