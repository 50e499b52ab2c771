import { isReplicated, remoteTopic } from '@meridian/contracts';

export interface Move {
  /** The region whose cluster has the positions. */
  from: string;
  /** The region to which the group moves. */
  to: string;
  /** Every region there is. */
  regions: readonly string[];
}

/**
 * What `topic` of the cluster of `from` is called in that of `to`, where the same records lie: an original there is a copy here, a
 * copy there is an original here or, of a third region's, a copy as well. Undefined for what is in one cluster alone.
 */
export function counterpartTopic(topic: string, { from, to, regions }: Move): string | undefined {
  if (isReplicated(topic, regions)) return remoteTopic(from, topic);
  const origin = regions.find((region) => region !== from && topic.startsWith(remoteTopic(region, '')));
  if (origin === undefined) return undefined;
  const original = topic.slice(remoteTopic(origin, '').length);
  if (!isReplicated(original, regions)) return undefined;
  return origin === to ? original : topic;
}
