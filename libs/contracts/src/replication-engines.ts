/**
 * The engines of the replicator, by the names that `MERIDIAN_REPLICATOR` has for them: one list for who runs them, who starts them
 * and who tests them.
 */
export const REPLICATION_ENGINES = ['kafkajs', 'verbatim', 'mirrormaker2'] as const;
export type ReplicationEngineName = (typeof REPLICATION_ENGINES)[number];
