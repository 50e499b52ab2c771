import type { KafkaConnection, TopicPartitions } from './types.ts';

/** Makes the topics that are missing and adds partitions to those that have fewer. Rejects when the cluster is away. */
export async function ensureTopics(connection: KafkaConnection, topics: readonly TopicPartitions[]): Promise<void> {
  const admin = connection.admin();
  try {
    await admin.ensureTopics(topics);
  } finally {
    await admin.close();
  }
}

/** All topics of the cluster with their partitions. Rejects when the cluster is away. */
export async function listTopics(connection: KafkaConnection): Promise<TopicPartitions[]> {
  const admin = connection.admin();
  try {
    return await admin.listTopics();
  } finally {
    await admin.close();
  }
}
