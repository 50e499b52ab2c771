import { HEADERS } from '@meridian/contracts';
import { contextFromTraceparent, parseTraceparent, tracer } from '@meridian/telemetry';
import { context, isSpanContextValid, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** What operators and the edge's probes ask: every second, of no interest in a trace. */
const UNTRACED = /^\/(health\/|(digest|epoch|lag|outbox|openapi\.json|routing-table|status)(\?|$))/;

const traced = new WeakMap<FastifyRequest, Span>();

/** Of the request's span; of the caller when there is none, as for a path that is no URL. */
export function traceIdOf(request: FastifyRequest): string | undefined {
  const of = traced.get(request)?.spanContext() ?? parseTraceparent(traceparentOf(request));
  return of && isSpanContextValid(of) ? of.traceId : undefined;
}

function traceparentOf({ headers }: FastifyRequest): string | undefined {
  return headers.traceparent as string | undefined;
}

/**
 * A server span per request, child of the caller's `traceparent`, and active in all that is done for it. The socket's
 * events that deliver a body belong to the connection and not to the request; Fastify goes back to the request's context
 * after them (a test holds it to that).
 */
export function traceRequests(fastify: FastifyInstance): void {
  const spans = tracer('service-kit');

  fastify.addHook('onRequest', (request, reply, done) => {
    if (UNTRACED.test(request.url)) return done();
    const parent = contextFromTraceparent(traceparentOf(request));
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
    traced.set(request, span);
    const traceId = traceIdOf(request);
    if (traceId) reply.header(HEADERS.traceId, traceId);
    // Fastify's own hook does not run when the caller went away before the answer. What was begun for it goes on: this is
    // the parent of all that, and would be missing in the very traces that one wants to see.
    reply.raw.once('close', () => {
      if (reply.raw.writableFinished) return;
      span.setStatus({ code: SpanStatusCode.ERROR, message: 'the caller went away before the answer' });
      span.end();
    });
    context.with(trace.setSpan(parent, span), done);
  });

  fastify.addHook('onResponse', (request, reply, done) => {
    const span = traced.get(request);
    if (span?.isRecording()) {
      span.setAttribute('http.response.status_code', reply.statusCode);
      if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span?.end();
    done();
  });
}
