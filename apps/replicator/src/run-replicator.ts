import { addressesIn, hostPort, otherRegionIds, regionIds, wanLink } from '@meridian/regions';
import { createLogger, exitWith, listenFailure, onShutdown, orExit, readTopology } from '@meridian/service-kit/process';
import { ENGINES } from './engine/engines.ts';
import { Shares } from './engine/shares.ts';
import { readReplicatorConfig } from './replicator.config.ts';
import { createReplicator } from './replicator.ts';

const config = readReplicatorConfig();
const topology = orExit(() => readTopology(config.MERIDIAN_TOPOLOGY));
const region = config.MERIDIAN_REGION;
const regions = regionIds(topology);
if (!regions.includes(region)) exitWith(`MERIDIAN_REGION is "${region}"; the topology has ${regions.join(', ')}.`);

const mirrorMakerArguments = config.MERIDIAN_MIRRORMAKER2;
const engine = orExit(() => ENGINES[config.MERIDIAN_REPLICATOR](mirrorMakerArguments ? { mirrorMakerArguments } : {}));
const addresses = addressesIn(config.MERIDIAN_DEPLOYMENT, topology, config.MERIDIAN_PORT_OFFSET);
const logger = createLogger('replicator', { level: config.LOG_LEVEL, region });
const target = { region, brokers: config.KAFKA_BROKERS };
const shared = config.MERIDIAN_REPLICATOR_SHARED;
if (shared && config.MERIDIAN_REPLICATOR === 'mirrormaker2')
  exitWith(
    'MERIDIAN_REPLICATOR_SHARED is for the engines kafkajs and verbatim; MirrorMaker 2 divides its work by itself.',
  );
const replicator = createReplicator({
  engine,
  regions,
  target,
  shares: shared ? new Shares(target, logger) : undefined,
  origins: otherRegionIds(topology, region).map((origin) => ({
    region: origin,
    brokers: [hostPort(wanLink(addresses, region, origin, 'kafka').listen)],
  })),
  logger,
});
onShutdown(logger, replicator.stop);
await replicator.app
  .listen({ host: config.HOST, port: config.PORT })
  .catch((failure: unknown) => exitWith(listenFailure(failure, config.HOST, config.PORT)));
logger.info({ host: config.HOST, port: config.PORT }, 'listening');
