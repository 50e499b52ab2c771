/**
 * What a service of Meridian is before it has a use case: Nest on Fastify, with answers, traces, health and an end that
 * are alike everywhere. Nest for its modules and injection; Fastify because it costs half of Express per request; a
 * server span of our own from an `onRequest` hook because instrumentation-http would cost as much as the request.
 *
 * Sources: RFC 9457 (problem details), W3C Trace Context, OpenTelemetry's HTTP semantic conventions.
 * Limits: bodies are JSON of at most 1 MiB; HTTP/1.1; TLS and identity are somebody else's.
 */
import 'reflect-metadata';

export { isDatabaseAway } from './database/database-away.ts';
export { DatabaseProbe } from './database/database-probe.ts';
export { openPool } from './database/open-pool.ts';
export { createPrismaPool } from './database/prisma-pool.ts';
export { Health, type HealthSource } from './health.ts';
export { jsonPointer } from './json-pointer.ts';
export { ProblemError } from './problem-error.ts';
export { ServiceContext } from './service-context.ts';
export {
  createService,
  type RunningService,
  type ServiceConfig,
  type ServiceOptions,
  startService,
} from './start-service.ts';
export { validated } from './validated.ts';
