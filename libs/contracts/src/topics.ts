/**
 * Topic names. A region writes its own events to `orders.v1` in its own cluster; the replicator of every other region
 * copies them to `<origin>.orders.v1` there (MirrorMaker 2's DefaultReplicationPolicy), so a copied topic is recognised
 * by its name, is never copied again, and loops cannot form.
 */
export const TOPICS = { users: 'users.v1', products: 'products.v1', orders: 'orders.v1' } as const;
/** Where each service tells of its aggregates. */
export const TOPIC_OF = { user: TOPICS.users, catalog: TOPICS.products, order: TOPICS.orders } as const;
export type Topic = (typeof TOPICS)[keyof typeof TOPICS];

/** Who writes to which topic. */
export const SERVICE_OF_TOPIC = Object.fromEntries(
  Object.entries(TOPIC_OF).map(([service, topic]) => [topic, service]),
) as Readonly<Record<Topic, keyof typeof TOPIC_OF>>;

/** Of a topic as a cluster names it, `here` or copied: the region that wrote it, and what it is there. */
export function originOfTopic(topic: string, here: string): { region: string; topic: string } {
  const copied = Object.values(TOPICS).find((known) => topic.endsWith(`.${known}`));
  return copied ? { region: topic.slice(0, -copied.length - 1), topic: copied } : { region: here, topic };
}

/** Partitions per topic: the same in every region, because a copy keeps its partition. */
export const PARTITIONS_PER_TOPIC = 4;

export function remoteTopic(originRegion: string, topic: string): string {
  return `${originRegion}.${topic}`;
}

/** Where a record goes that a consumer could not apply; its headers name the consumer group and the reason. */
export function dlqTopic(topic: string): string {
  return `${topic}.dlq`;
}

/**
 * Whether a replicator copies a topic: not the copies themselves (they begin with a region's id), nothing internal
 * (`__…` of Kafka, `….internal` and `heartbeats` of MirrorMaker 2), nothing that must stay in its region (`….local`) and no
 * dead letters (`….dlq`).
 */
export function isReplicated(topic: string, regions: readonly string[]): boolean {
  if (topic.startsWith('__') || topic === 'heartbeats') return false;
  if (['.local', '.dlq', '.internal'].some((suffix) => topic.endsWith(suffix))) return false;
  return !regions.some((region) => topic.startsWith(`${region}.`));
}
