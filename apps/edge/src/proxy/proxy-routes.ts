import { HEADERS } from '@meridian/contracts';
import type { Place, RoutingDecision, ServiceName } from '@meridian/regions';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type LocationKind, locateClient } from '../client-location/locate-client.ts';
import { pathOf, sendProblem } from '../problems/send-problem.ts';
import type { ClientRouting } from '../routing/client-routing.ts';
import { isPlainTarget, ROUTED_METHODS, ROUTES } from '../routing/routes.ts';
import { ProxiedRequest, type ProxyState } from './proxied-request.ts';
import { RequestTrace } from './request-trace.ts';

export function addProxyRoutes(
  app: FastifyInstance,
  state: ProxyState,
  routing: ClientRouting,
  defaultPlace: Place,
): void {
  const defaultLocation = { ok: true, place: defaultPlace, kind: 'default' } as const;

  const passOn = (service: ServiceName, route: string) => (request: FastifyRequest, reply: FastifyReply) => {
    // From here on the answer is written by hand: a region's bytes go through as they come.
    reply.hijack();
    const { raw } = request;
    const trace = new RequestTrace(request.method, route, raw.headers.traceparent);
    const refuse = (detail: string) => {
      const { traceId } = trace;
      const headers = traceId === undefined ? {} : { [HEADERS.traceId]: traceId };
      sendProblem(reply.raw, 'malformed-request', { detail, instance: pathOf(raw.url ?? '/'), traceId }, headers);
      trace.end(reply.raw.statusCode);
    };
    if (!isPlainTarget(raw.url ?? '')) return refuse('A path may not go up ("..") and begins with "/".');
    const header = raw.headers[HEADERS.clientLocation];
    const location = header === undefined ? defaultLocation : locateClient(String(header));
    if (!location.ok) return refuse(location.detail);
    const decision = routing.decide(service, location.place);
    noteDecision(trace, decision, location.kind);
    const body = Buffer.isBuffer(request.body) ? request.body : null;
    new ProxiedRequest(state, raw, reply.raw, body, service, decision, trace).start();
  };

  for (const [root, service] of Object.entries(ROUTES)) {
    app.route({ method: [...ROUTED_METHODS], url: root, handler: passOn(service, root) });
    app.route({ method: [...ROUTED_METHODS], url: `${root}/*`, handler: passOn(service, `${root}/*`) });
  }
}

function noteDecision({ span }: RequestTrace, decision: RoutingDecision, kind: LocationKind): void {
  if (!span.isRecording()) return;
  const [first] = decision.candidates;
  span.setAttributes({
    'meridian.edge.reason': decision.reason,
    'meridian.edge.location': kind,
    'meridian.edge.distance_km': Math.round(first?.distanceKm ?? 0),
    'meridian.edge.candidates': decision.candidates.map(({ region }) => region),
  });
  if (decision.passedOver.length > 0) span.setAttribute('meridian.edge.passed_over', [...decision.passedOver]);
}
