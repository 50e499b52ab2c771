import type { Logger } from '@meridian/service-kit/process';
import { type FastifyInstance, fastify } from 'fastify';
import { addQueryRoutes } from './query/query-routes.ts';
import { addOtlpRoutes } from './receive/otlp-routes.ts';
import { BODY_LIMIT_BYTES } from './receive/read-json.ts';
import { answerWithProblems, Refusal } from './refusals.ts';
import { type StoreLimits, TraceStore } from './store/trace-store.ts';

/**
 * The runner gives this process a heap of 128 MB. A body of 4 MiB takes several times its size while it is read, and an
 * answer as much again; what is left is for the traces.
 */
export const LIMITS: StoreLimits = { maxBytes: 40 * 1024 * 1024, maxTraceBytes: 6 * 1024 * 1024 };

export interface Console {
  /** Takes spans. */
  collector: FastifyInstance;
  /** Answers questions, and says whether all is well. */
  query: FastifyInstance;
  stop(): Promise<void>;
}

/** All the wiring of the console's server. Nothing listens yet. */
export function createConsole(logger: Logger, limits = LIMITS): Console {
  const store = new TraceStore(limits);
  const server = {
    // A line per request, several times a second from each of a dozen exporters, would tell nothing.
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: 10_000,
    // What is cut off when it stops would have been lost with the memory a moment later.
    forceCloseConnections: true,
  };

  const collector = fastify(server);
  answerWithProblems(collector, logger);
  addOtlpRoutes(collector, store);

  const query = fastify(server);
  answerWithProblems(query, logger);
  addQueryRoutes(query, store);
  query.get('/health/live', () => ({ status: 'live' }));
  query.get('/health/ready', () => {
    if (!collector.server.listening) throw new Refusal('service-unavailable', 'The collector does not listen yet.');
    return { status: 'ready', store: store.status() };
  });

  return {
    collector,
    query,
    stop: async () => {
      await Promise.all([collector.close(), query.close()]);
    },
  };
}
