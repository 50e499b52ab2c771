import { createLogger, exitWith, listenFailure, onShutdown } from '@meridian/service-kit/process';
import type { FastifyInstance } from 'fastify';
import { readConsoleConfig } from './console.config.ts';
import { createConsole } from './console.ts';

const { HOST: host, PORT, OTLP_PORT, LOG_LEVEL } = readConsoleConfig();
const logger = createLogger('console', { level: LOG_LEVEL });
const { collector, query, stop } = createConsole(logger);
onShutdown(logger, stop);
// The collector first: who finds the query API ready may send spans.
await listen(collector, OTLP_PORT);
await listen(query, PORT);
logger.info({ host, port: PORT, otlpPort: OTLP_PORT }, 'listening');

async function listen(app: FastifyInstance, port: number): Promise<void> {
  await app.listen({ host, port }).catch((failure: unknown) => exitWith(listenFailure(failure, host, port)));
}
