import type { IncomingHttpHeaders } from 'node:http';
import { HEADERS, type ProblemName } from '@meridian/contracts';
import type { Place, RoutingDecision, ServiceName } from '@meridian/regions';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type LocationKind, locateClient } from '../client-location/locate-client.ts';
import { pathOf, sendProblem } from '../problems/send-problem.ts';
import type { RoutedRequest } from '../routing/client-routing.ts';
import { isPlainTarget, ROUTED_METHODS, ROUTES } from '../routing/routes.ts';
import { sessionRegions } from '../traffic/session-regions.ts';
import { ProxiedRequest } from './proxied-request.ts';
import type { ProxyState } from './proxy-state.ts';
import { RequestTrace } from './request-trace.ts';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

export function addProxyRoutes(app: FastifyInstance, state: ProxyState, defaultPlace: Place): void {
  const defaultLocation = { ok: true, place: defaultPlace, kind: 'default' } as const;
  let unnamed = 0;

  const passOn = (service: ServiceName, route: string) => (request: FastifyRequest, reply: FastifyReply) => {
    // From here on the answer is written by hand: a region's bytes go through as they come.
    reply.hijack();
    const { raw } = request;
    const trace = new RequestTrace(request.method, route, raw.headers.traceparent);
    const refuse = (name: ProblemName, detail: string, more = {}) => {
      const { traceId } = trace;
      const headers = traceId === undefined ? more : { ...more, [HEADERS.traceId]: traceId };
      sendProblem(reply.raw, name, { detail, instance: pathOf(raw.url ?? '/'), traceId }, headers);
      trace.end(reply.raw.statusCode);
    };
    if (!isPlainTarget(raw.url ?? ''))
      return refuse('malformed-request', 'A path may not go up ("..") and begins with "/".');
    const header = raw.headers[HEADERS.clientLocation];
    const location = header === undefined ? defaultLocation : locateClient(String(header));
    if (!location.ok) return refuse('malformed-request', location.detail);
    const kind = READS.has(request.method) ? 'read' : 'write';
    if (!state.shedder.admits(kind, state.inFlight))
      return refuse('overloaded', 'The edge has as many requests as it can take.', { 'retry-after': '1' });
    const routed: RoutedRequest = {
      service,
      place: location.place,
      kind,
      key: keyOf(raw.headers) ?? trace.traceId ?? String(unnamed++),
    };
    if (state.settings.stickySessions) routed.session = sessionRegions(raw.headers[HEADERS.token], service);
    const decision = state.routing.decide(routed);
    noteDecision(trace, decision, location.kind, state, service);
    const body = Buffer.isBuffer(request.body) ? request.body : null;
    new ProxiedRequest(state, raw, reply.raw, body, routed, decision, trace).start();
  };

  for (const [root, service] of Object.entries(ROUTES)) {
    app.route({ method: [...ROUTED_METHODS], url: root, handler: passOn(service, root) });
    app.route({ method: [...ROUTED_METHODS], url: `${root}/*`, handler: passOn(service, `${root}/*`) });
  }
}

/** What a client repeats goes the same way again while the shares of the regions are the same. */
function keyOf(headers: IncomingHttpHeaders): string | undefined {
  const key = headers[HEADERS.idempotencyKey];
  return typeof key === 'string' && key !== '' ? key : undefined;
}

function noteDecision(
  { span }: RequestTrace,
  decision: RoutingDecision,
  kind: LocationKind,
  { routing, upstreams }: ProxyState,
  service: ServiceName,
): void {
  if (!span.isRecording()) return;
  const [first] = decision.candidates;
  const { epoch, mode } = routing.table;
  span.setAttributes({
    'meridian.edge.reason': decision.reason,
    'meridian.edge.location': kind,
    'meridian.edge.distance_km': Math.round(first?.distanceKm ?? 0),
    'meridian.edge.candidates': decision.candidates.map(({ region }) => region),
    'meridian.epoch': epoch,
    'meridian.mode': mode.kind,
  });
  if (decision.passedOver.length > 0)
    span.setAttribute(
      'meridian.edge.passed_over',
      decision.passedOver.map(({ region, why }) => {
        const isEjected = why === 'unhealthy' && upstreams.of(region, service).outlier.ejection !== undefined;
        return `${region}: ${isEjected ? 'ejected' : why}`;
      }),
    );
}
