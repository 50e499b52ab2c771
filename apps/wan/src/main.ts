import { enableCompileCache } from 'node:module';
import { addressesIn } from '@meridian/regions';
import { createLogger, exitWith, listenFailure, onShutdown, readTopology } from '@meridian/service-kit/process';
import { createControlApi } from './control-api.ts';
import { readWanConfig } from './wan.config.ts';
import { Wan } from './wan.ts';

enableCompileCache();
const config = readWanConfig();
const logger = createLogger('wan', { level: config.LOG_LEVEL });

try {
  const topology = readTopology(config.MERIDIAN_TOPOLOGY);
  const { links } = addressesIn(config.MERIDIAN_DEPLOYMENT, topology, config.MERIDIAN_PORT_OFFSET);
  const wan = new Wan({ topology, links, profile: config.WAN_PROFILE ?? topology.defaultProfile });
  await wan.listen();

  const control = createControlApi({ wan, log: (fields, message) => logger.info(fields, message) });
  onShutdown(logger, async () => {
    await Promise.all([control.close(), wan.close()]);
  });
  await control.listen({ host: config.HOST, port: config.PORT }).catch((failure) => {
    throw new Error(listenFailure(failure, config.HOST, config.PORT));
  });
  logger.info({ port: config.PORT, links: links.length, profile: wan.profile }, 'the WAN is up');
} catch (failure) {
  exitWith((failure as Error).message);
}
