import { setTimeout as pause } from 'node:timers/promises';
import { HEADERS } from '@meridian/contracts';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { Health } from './health.ts';
import { nestLogger } from './nest-logger.ts';
import { sendProblem } from './problem-filter.ts';
import { exitWith, listenFailure } from './process/exit.ts';
import { onShutdown } from './process/shutdown.ts';
import { traceRequests } from './request-tracing.ts';
import { noteRoutes, type Route, routesOf } from './routes.ts';
import { ServiceContext } from './service-context.ts';
import { ServiceKitModule } from './service-kit.module.ts';
import { toProblemError } from './to-problem-error.ts';

export interface ServiceConfig {
  host: string;
  port: number;
  /** Absent for a service outside every region. */
  region?: string;
}

export interface ServiceOptions {
  module: Type | DynamicModule;
  config: ServiceConfig;
  name: string;
  logger: Logger;
  /** How long a service that is asked to stop says so on `/health/ready` before it stops listening. Default 250 ms. */
  drainNoticeMs?: number;
}

export interface RunningService {
  app: NestFastifyApplication;
  /** Base address, once it listens. */
  url: string;
  /** Everything that it answers, but for the HEAD that comes with each GET. */
  routes: readonly Route[];
  /** Drains: says that it is going, lets what was accepted finish, closes connections, then destroys the modules. */
  close(): Promise<void>;
}

const BODY_LIMIT_BYTES = 1024 * 1024;
/** A caller gets this long to send a whole request: a slow one must not hold a connection for ever. */
const REQUEST_TIMEOUT_MS = 10_000;
const DRAIN_NOTICE_MS = 250;

/** Builds a service and lets it listen; the process stops in order on SIGTERM and SIGINT. */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const { config, logger } = options;
  const service = await createService(options);
  try {
    await service.app.listen(config.port, config.host);
  } catch (failure) {
    exitWith(listenFailure(failure, config.host, config.port));
  }
  onShutdown(logger, service.close);
  logger.info({ url: service.url }, 'listening');
  return service;
}

/** The same without listening and without signals: for tests, which `app.listen(0)` or `app.inject()` themselves. */
export async function createService(options: ServiceOptions): Promise<RunningService> {
  const { module, config, name, logger } = options;
  const health = new Health();
  const context = new ServiceContext(name, config.region, logger);
  const sayRegion = (reply: FastifyReply) => {
    if (context.region) reply.header(HEADERS.region, context.region);
  };
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // While closing, what still arrives on an open connection is served: it was accepted.
    return503OnClosing: false,
    // For a request that has no route, as its path is no URL; no hook runs for it.
    frameworkErrors: (failure: Error, request: FastifyRequest, reply: FastifyReply) => {
      sayRegion(reply);
      sendProblem(context, toProblemError(failure), request, reply);
    },
  });
  const fastify: FastifyInstance = adapter.getInstance();
  // JSON is the only body there is.
  fastify.removeContentTypeParser('text/plain');
  noteRoutes(fastify);
  traceRequests(fastify);
  fastify.addHook('onRequest', (_request, reply, done) => {
    sayRegion(reply);
    done();
  });
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (health.draining) reply.header('connection', 'close');
    done();
  });

  const app = await NestFactory.create<NestFastifyApplication>(
    ServiceKitModule.around(module, context, health),
    adapter,
    { bodyParser: false, logger: nestLogger(logger), abortOnError: false },
  );
  await app.init();

  let closing: Promise<void> | undefined;
  const close = async () => {
    health.drain();
    if (fastify.server.listening) await pause(options.drainNoticeMs ?? DRAIN_NOTICE_MS);
    // HTTP first: a request in flight still needs what the modules hold.
    await fastify.close();
    await app.close();
  };
  return {
    app,
    routes: routesOf(fastify).filter(({ method }) => method !== 'HEAD'),
    get url() {
      const address = fastify.server.address();
      return `http://${config.host}:${address && typeof address === 'object' ? address.port : config.port}`;
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
