import { addressesIn, EDGE, urlOf, wanLink } from '@meridian/regions';
import { createLogger, exitWith, listenFailure, onShutdown, orExit, readTopology } from '@meridian/service-kit/process';
import { readEdgeConfig } from './edge.config.ts';
import { createEdge } from './edge.ts';

const config = orExit(readEdgeConfig);
const topology = orExit(() => readTopology(config.topologyPath));
const addresses = addressesIn(config.deployment, topology, config.portOffset);
const logger = createLogger('edge', { level: config.logLevel });
const edge = createEdge({
  topology,
  originOf: (region, service) => urlOf(wanLink(addresses, EDGE, region, service).listen),
  controls: addresses.links
    .filter(({ from, purpose }) => from === EDGE && purpose === 'control')
    .map(({ to, listen }) => ({ region: to, url: urlOf(listen) })),
  settings: config.settings,
  logger,
});
onShutdown(logger, edge.stop);
await edge.app
  .listen({ host: config.host, port: config.port })
  .catch((failure: unknown) => exitWith(listenFailure(failure, config.host, config.port)));
logger.info({ host: config.host, port: config.port }, 'listening');
