import type { ServerResponse } from 'node:http';
import type { ProblemName } from '@meridian/contracts';
import { type FastifyError, type FastifyInstance, fastify } from 'fastify';
import { pathOf, sendProblem } from '../problems/send-problem.ts';
import { isRoutedPath } from '../routing/routes.ts';
import { refuseBrokenRequest } from './refuse-broken-request.ts';

export interface ServerSettings {
  /** The longest that a request may take to arrive. */
  requestTimeoutMs: number;
  maxConnections: number;
}

const BODY_LIMIT = 1024 * 1024;
/**
 * Less than the 16 KiB that a service takes: the edge adds to the headers, and a service that refuses them by closing the
 * connection would look dead.
 */
const HEADER_LIMIT = 12 * 1024;
const IDLE_MS = 30_000;

/** A Fastify with the limits of a public entrance, whose every refusal is problem+json. Bodies are kept as bytes. */
export function createServer(settings: ServerSettings): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    keepAliveTimeout: IDLE_MS,
    // Also ends connections whose client has stopped reading; longer than any answer may take.
    connectionTimeout: IDLE_MS,
    requestTimeout: settings.requestTimeoutMs,
    http: {
      maxHeaderSize: HEADER_LIMIT,
      headersTimeout: Math.min(5_000, settings.requestTimeoutMs),
      // How often Node looks for requests that are late; its default of 30 s would be the real limit.
      connectionsCheckingInterval: Math.min(1_000, settings.requestTimeoutMs / 4),
    },
    clientErrorHandler: refuseBrokenRequest,
    // A query is the service's to read; a path may be longer than the 100 characters that Fastify allows a parameter.
    routerOptions: { querystringParser: () => ({}), maxParamLength: HEADER_LIMIT },
    frameworkErrors: (error, _request, reply) => {
      refuse(reply.raw, error);
    },
  });
  app.server.maxConnections = settings.maxConnections;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler<FastifyError>((error, _request, reply) => {
    reply.hijack();
    refuse(reply.raw, error);
  });
  app.setNotFoundHandler((request, reply) => {
    reply.hijack();
    const path = pathOf(request.raw.url ?? '/');
    if (isRoutedPath(path))
      sendProblem(reply.raw, 'method-not-allowed', { detail: `${request.method} is not passed on.`, instance: path });
    else sendProblem(reply.raw, 'not-found', { detail: 'The edge has no such path.', instance: path });
  });
  return app;
}

function refuse(response: ServerResponse, error: FastifyError): void {
  const instance = pathOf(response.req.url ?? '/');
  const status = error.statusCode ?? 500;
  const name: ProblemName =
    status === 413 ? 'payload-too-large' : status < 500 ? 'malformed-request' : 'internal-error';
  const detail =
    status === 413
      ? `A request body may be at most ${BODY_LIMIT} bytes.`
      : status < 500
        ? `${error.message.replace(/\.$/, '')}.`
        : 'The edge failed while handling this request.';
  // What is left of a refused body is not read: the connection cannot be used again.
  sendProblem(response, name, { detail, instance }, response.req.complete ? {} : { connection: 'close' });
}
