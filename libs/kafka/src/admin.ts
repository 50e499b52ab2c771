import type { KafkaConnection, TopicPartitions, TopicToEnsure } from './types.ts';

/**
 * Makes the topics that are missing, adds partitions to those that have fewer, and changes the settings that are asked for
 * where they are others. Rejects when the cluster is away.
 */
export async function ensureTopics(connection: KafkaConnection, topics: readonly TopicToEnsure[]): Promise<void> {
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
