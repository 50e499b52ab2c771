import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Refusal } from '../refusals.ts';
import type { TraceStore } from '../store/trace-store.ts';
import { otlpRequest } from './otlp-schema.ts';
import { otlpToSpans } from './otlp-to-spans.ts';
import { readJson } from './read-json.ts';

/** OTLP over HTTP, in JSON: what OpenTelemetry's exporters post. */
export function addOtlpRoutes(app: FastifyInstance, store: TraceStore): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request: FastifyRequest, body: Buffer) =>
    readJson(body, request.headers['content-encoding']),
  );

  app.post('/v1/traces', (request) => {
    // A request without a body has none to parse and passes the parsers by.
    if (request.body === undefined) throw new Refusal('malformed-request', 'The request has no body.');
    const { success, data, error } = otlpRequest.safeParse(request.body);
    if (!success) throw Refusal.ofSchema(error);
    const { spans, rejected, reason } = otlpToSpans(data);
    store.add(spans);
    // OTLP's way to say that the rest was taken: no exporter sends a batch again for it.
    return { partialSuccess: rejected > 0 ? { rejectedSpans: String(rejected), errorMessage: reason ?? '' } : {} };
  });
}
