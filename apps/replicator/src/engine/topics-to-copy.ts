import { isReplicated, remoteTopic } from '@meridian/contracts';
import type { TopicPartitions } from '@meridian/kafka';

/** Of all topics of an origin those that are copied, in the order of their names. */
export function topicsToCopy(found: readonly TopicPartitions[], regions: readonly string[]): TopicPartitions[] {
  return found
    .filter(({ topic }) => isReplicated(topic, regions))
    .sort((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : 0));
}

/** The copies of topics, with a partition for each of the original's. */
export function copiesOf(topics: readonly TopicPartitions[], origin: string): TopicPartitions[] {
  return topics.map(({ topic, partitions }) => ({ topic: remoteTopic(origin, topic), partitions }));
}

export function sameTopics(before: readonly TopicPartitions[], now: readonly TopicPartitions[]): boolean {
  return (
    before.length === now.length &&
    before.every(({ topic, partitions }, i) => topic === now[i]?.topic && partitions === now[i].partitions)
  );
}
