export { jsonPointer } from './json-pointer.ts';
export { brokersSchema, commonConfig, parseConfig, readConfig, regionalConfig } from './process/config.ts';
export { exitWith, listenFailure, orExit } from './process/exit.ts';
export { createLogger, type Logger, type LoggerOptions } from './process/logger.ts';
export {
  RegionalServiceConfig,
  readServiceConfig,
  regionalServiceEnvironment,
} from './process/regional-service-config.ts';
export { onShutdown } from './process/shutdown.ts';
export { readTopology } from './process/topology.ts';
