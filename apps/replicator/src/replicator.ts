import { createKafka } from '@meridian/kafka';
import type { Logger } from '@meridian/service-kit/process';
import type { FastifyInstance } from 'fastify';
import type { Cluster, ReplicationEngine, RunningCopy } from './engine/replication-engine.ts';
import type { Shares } from './engine/shares.ts';
import { createServer } from './server/create-server.ts';
import { translateGroup } from './translate-offsets/translate-group.ts';

export interface ReplicatorParts {
  engine: ReplicationEngine;
  /** Every region there is, this one too. */
  regions: readonly string[];
  /** The own region's cluster. */
  target: Cluster;
  /** The other regions' clusters, each as it is reached through its link. */
  origins: readonly Cluster[];
  /** How it divides the work with others of its region. Default: it is the only one. */
  shares?: Shares | undefined;
  logger: Logger;
}

export interface Replicator {
  app: FastifyInstance;
  /** Takes nothing new, finishes what is in hand, leaves the origins' groups. Within 4 s, whatever is away. */
  stop(): Promise<void>;
}

/** All the wiring of the replicator: a copy per origin, and what it says of them. Copying begins at once. */
export function createReplicator({ engine, regions, target, origins, shares, logger }: ReplicatorParts): Replicator {
  const copies = new Map<string, RunningCopy>(
    origins.map((origin) => [
      origin.region,
      engine.start({ origin, target, regions, shares, logger: logger.child({ origin: origin.region }) }),
    ]),
  );
  let draining = false;
  const app = createServer({
    region: target.region,
    engine: engine.name,
    copies,
    isDraining: () => draining,
    translateOffsets: (request) => {
      const origin = origins.find(({ region }) => region === request.from) as Cluster;
      const move = { from: origin.region, to: target.region, regions };
      const at = ({ brokers }: Cluster) => createKafka({ clientId: `replicator.${target.region}`, brokers, logger });
      return translateGroup(request, move, { from: at(origin), to: at(target) });
    },
  });
  return {
    app,
    stop: async () => {
      draining = true;
      // The copies first: what they have not committed would be copied again by whoever takes the shares over.
      await Promise.all([...copies.values()].map((copy) => copy.stop()));
      await shares?.stop();
      await app.close();
    },
  };
}
