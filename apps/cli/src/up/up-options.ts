import {
  REPLICATION_ENGINES,
  type ReplicationEngineName,
  type TopicCompression,
  topicCompressionOf,
} from '@meridian/contracts';
import type { Topology } from '@meridian/regions';
import { usageFault } from '../command-failure.ts';

/** As commander hands them over. */
export interface UpOptions {
  fresh?: boolean;
  profile?: string;
  traceRatio?: string;
  /** Regions only: no products, no first orders. */
  bare?: boolean;
}

/** The same for the runner; what makes no sense ends the command before anything is touched. */
export function runnerOptions(
  topology: Topology,
  { fresh, profile, traceRatio }: UpOptions,
  /** Of the environment, as `MERIDIAN_REPLICATOR` and `MERIDIAN_TOPIC_COMPRESSION`. */
  { replicator, topicCompression }: { replicator?: string | undefined; topicCompression?: string | undefined } = {},
): {
  fresh: boolean;
  profile: string;
  traceRatio: number;
  topicCompression: TopicCompression;
  replicator?: ReplicationEngineName;
} {
  const profiles = Object.keys(topology.profiles);
  if (profile !== undefined && !profiles.includes(profile))
    throw usageFault(`There is no profile "${profile}"; the profiles are ${profiles.join(', ')}.`);
  const ratio = traceRatio === undefined ? 1 : Number(traceRatio);
  if (traceRatio?.trim() === '' || !(ratio >= 0 && ratio <= 1))
    throw usageFault(`A trace ratio is a share from 0 to 1, not "${traceRatio}".`);
  const engine = REPLICATION_ENGINES.find((name) => name === replicator);
  if (replicator !== undefined && engine === undefined)
    throw usageFault(
      `There is no replicator "${replicator}"; MERIDIAN_REPLICATOR is one of ${REPLICATION_ENGINES.join(', ')}.`,
    );
  return {
    fresh: fresh === true,
    profile: profile ?? topology.defaultProfile,
    traceRatio: ratio,
    topicCompression: judged(() => topicCompressionOf(topicCompression)),
    ...(engine && { replicator: engine }),
  };
}

function judged<T>(read: () => T): T {
  try {
    return read();
  } catch (fault) {
    throw usageFault((fault as Error).message);
  }
}
