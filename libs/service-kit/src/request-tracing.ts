import { HEADERS } from '@meridian/contracts';
import { contextFromTraceparent, tracer } from '@meridian/telemetry';
import {
  type Context,
  context,
  isSpanContextValid,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** What operators and the edge's probes ask: every second, of no interest in a trace. */
const UNTRACED = /^\/(health\/|(digest|lag|outbox|openapi\.json)(\?|$))/;

const traced = new WeakMap<FastifyRequest, { span: Span; context: Context }>();

export function traceIdOf(request: FastifyRequest): string | undefined {
  const of = traced.get(request)?.span.spanContext();
  return of && isSpanContextValid(of) ? of.traceId : undefined;
}

/**
 * A server span per request, child of the caller's `traceparent`. The context is entered twice: when the request
 * arrives, and again after its body was read, because the socket's events that deliver a body belong to the connection
 * and not to the request.
 */
export function traceRequests(fastify: FastifyInstance): void {
  const spans = tracer('service-kit');

  fastify.addHook('onRequest', (request, reply, done) => {
    if (UNTRACED.test(request.url)) return done();
    const parent = contextFromTraceparent(request.headers.traceparent as string | undefined);
    const route = request.is404 ? undefined : request.routeOptions.url;
    const span = spans.startSpan(
      route ? `${request.method} ${route}` : request.method,
      { kind: SpanKind.SERVER },
      parent,
    );
    if (span.isRecording())
      span.setAttributes({
        'http.request.method': request.method,
        // Without the query: it may hold what should not be kept.
        'url.path': request.url.split('?', 1)[0],
        ...(route ? { 'http.route': route } : {}),
      });
    const active = trace.setSpan(parent, span);
    traced.set(request, { span, context: active });
    const traceId = traceIdOf(request);
    if (traceId) reply.header(HEADERS.traceId, traceId);
    context.with(active, done);
  });

  fastify.addHook('preValidation', (request, _reply, done) => {
    const of = traced.get(request);
    if (of) context.with(of.context, done);
    else done();
  });

  // Also runs when the caller went away before the answer was complete.
  fastify.addHook('onResponse', (request, reply, done) => {
    const span = traced.get(request)?.span;
    if (span?.isRecording()) {
      span.setAttribute('http.response.status_code', reply.statusCode);
      if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span?.end();
    done();
  });
}
