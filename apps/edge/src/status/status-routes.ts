import { PROBLEM_MEDIA_TYPE, problem } from '@meridian/contracts';
import type { Place } from '@meridian/regions';
import type { FastifyInstance } from 'fastify';
import type { Prober } from '../health/prober.ts';
import type { ProxyState } from '../proxy/proxy-state.ts';
import { ROUTES } from '../routing/routes.ts';
import { edgeStatus } from './edge-status.ts';

export function addStatusRoutes(app: FastifyInstance, state: ProxyState, prober: Prober, defaultLocation: Place): void {
  const index = {
    name: 'Meridian edge',
    docs: '/docs/',
    openapi: '/openapi.json',
    status: '/status',
    routes: Object.keys(ROUTES),
  };
  app.get('/', async () => index);
  app.get('/status', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    return edgeStatus(state, prober, defaultLocation);
  });
  app.get('/health/live', async () => ({ status: 'live' }));
  // Whether this process can do its work, not whether the regions can: an edge without regions still has to say so.
  app.get('/health/ready', async (_request, reply) => {
    const waitsFor = state.draining
      ? 'The edge is draining.'
      : !prober.hadFirstRound
        ? 'The first round of health probes is not over.'
        : state.watch.hadFirstRound
          ? undefined
          : 'Not every control was asked for the routing table yet.';
    if (waitsFor === undefined) return { status: 'ready' };
    reply.code(503).type(PROBLEM_MEDIA_TYPE);
    return problem('service-unavailable', { detail: waitsFor });
  });
}
