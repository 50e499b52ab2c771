/**
 * What the brokers make of the records of a region's own topics, by the names that `MERIDIAN_TOPIC_COMPRESSION` has for it. Not
 * snappy and lz4, which Kafka has as well: Node has neither, so no service could read them.
 */
export const TOPIC_COMPRESSIONS = ['none', 'gzip', 'zstd'] as const;
export type TopicCompression = (typeof TOPIC_COMPRESSIONS)[number];

/** Of the environment. Throws one plain sentence for what is none of them. */
export function topicCompressionOf(told: string | undefined): TopicCompression {
  const found = TOPIC_COMPRESSIONS.find((name) => name === (told || 'none'));
  if (!found)
    throw new Error(
      `There is no compression "${told}"; MERIDIAN_TOPIC_COMPRESSION is one of ${TOPIC_COMPRESSIONS.join(', ')}.`,
    );
  return found;
}

/** Kafka's `compression.type` of a topic. `producer` is its default: batches stay as they were sent. */
export function compressionTypeOf(compression: TopicCompression): string {
  return compression === 'none' ? 'producer' : compression;
}
