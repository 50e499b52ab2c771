import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { TraceStore } from '../store/trace-store.ts';
import { operationsByService } from './operations.ts';
import { parseSearch } from './parse-search.ts';
import { findTraces } from './search.ts';
import { traceToJaeger } from './trace-to-jaeger.ts';

/** Jaeger's query API, as its page and Meridian's CLI and tests ask it. Refusals have Jaeger's shape, too. */
export function addQueryRoutes(app: FastifyInstance, store: TraceStore): void {
  app.get('/api/services', () => list([...operationsByService(store.newestFirst()).keys()]));

  app.get<{ Params: { service: string } }>('/api/services/:service/operations', ({ params }) => {
    const operations = operationsByService(store.newestFirst()).get(params.service) ?? [];
    return list([...new Set(operations.map(({ name }) => name))]);
  });

  app.get('/api/operations', (request, reply) => {
    const query = queryOf(request.url);
    const service = query.get('service');
    if (!service) return refuse(reply, 400, "parameter 'service' is required");
    const kind = query.get('spanKind');
    const operations = operationsByService(store.newestFirst()).get(service) ?? [];
    return reply.send(list(operations.filter(({ spanKind }) => !kind || spanKind === kind)));
  });

  app.get('/api/traces', (request, reply) => {
    const parsed = parseSearch(queryOf(request.url), Date.now() * 1_000);
    if (!parsed.ok) return refuse(reply, 400, parsed.reason);
    const found = findTraces(store.newestFirst(), parsed.search);
    return reply.type('application/json; charset=utf-8').send(Readable.from(tracesAsJson(store, found)));
  });

  app.get<{ Params: { id: string } }>('/api/traces/:id', ({ params }, reply) => {
    if (!/^[0-9a-fA-F]{1,32}$/.test(params.id)) return refuse(reply, 400, `"${params.id}" is not a trace id`);
    const trace = store.get(params.id.toLowerCase().padStart(32, '0'));
    if (!trace) return refuse(reply, 404, 'trace not found');
    return reply.send(answer([traceToJaeger(trace)]));
  });
}

function answer(data: unknown, total = 0) {
  return { data, total, limit: 0, offset: 0, errors: null };
}

/** Go's JSON of an empty list is `null`. */
function list(items: unknown[]) {
  return answer(items.length > 0 ? items : null, items.length);
}

function refuse(reply: FastifyReply, code: number, msg: string): FastifyReply {
  return reply.code(code).send({ ...answer(null), errors: [{ code, msg }] });
}

/** Parsed here, as a parameter may come more than once. */
function queryOf(url: string): URLSearchParams {
  return new URL(url, 'http://console').searchParams;
}

/**
 * One trace at a time, and looked up only when its turn comes: all traces as one text may be larger than the memory of
 * this process, and a slow reader must not keep what has left the store.
 */
function* tracesAsJson(store: TraceStore, traceIds: readonly string[]): Generator<string> {
  let separator = '';
  yield '{"data":[';
  for (const traceId of traceIds) {
    const trace = store.get(traceId);
    if (!trace) continue;
    yield separator + JSON.stringify(traceToJaeger(trace));
    separator = ',';
  }
  yield '],"total":0,"limit":0,"offset":0,"errors":null}';
}
