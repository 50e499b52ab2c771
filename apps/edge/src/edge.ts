import type { Place, RegionId, ServiceName, Topology } from '@meridian/regions';
import type { Logger } from '@meridian/service-kit/process';
import type { FastifyInstance } from 'fastify';
import { ApiDescription } from './docs/api-description.ts';
import { addDocsRoutes } from './docs/docs-routes.ts';
import { Prober, type ProbeSettings } from './health/prober.ts';
import type { HealthLimits } from './health/upstream-health.ts';
import type { ProxySettings, ProxyState } from './proxy/proxied-request.ts';
import { addProxyRoutes } from './proxy/proxy-routes.ts';
import { RetryBudget, type RetryBudgetSettings } from './proxy/retry-budget.ts';
import { ClientRouting } from './routing/client-routing.ts';
import { type Upstream, type UpstreamSettings, Upstreams } from './routing/upstreams.ts';
import { createServer, type ServerSettings } from './server/create-server.ts';
import { addStatusRoutes } from './status/status-routes.ts';

export interface EdgeSettings {
  /** Where a client is taken to be that does not say. Default: the first region of the topology. */
  defaultLocation?: Place | undefined;
  probe: ProbeSettings;
  health: HealthLimits;
  proxy: ProxySettings;
  upstream: UpstreamSettings;
  retry: RetryBudgetSettings;
  server: ServerSettings;
  /** How long requests in flight may take to finish when the edge stops. */
  drainMs: number;
}

export interface EdgeParts {
  topology: Topology;
  /** Where the edge reaches a service in a region: its side of the WAN link. */
  originOf: (region: RegionId, service: ServiceName) => string;
  settings: EdgeSettings;
  logger: Logger;
}

export interface Edge {
  app: FastifyInstance;
  /** Stops taking connections, finishes what is in flight, then closes what is left. */
  stop(): Promise<void>;
}

/** All the wiring of the edge. Nothing listens yet; probing begins at once. */
export function createEdge({ topology, originOf, settings, logger }: EdgeParts): Edge {
  const upstreams = new Upstreams(topology, originOf, settings.upstream, settings.health, (upstream) =>
    logChange(logger, upstream),
  );
  const prober = new Prober(upstreams, settings.probe);
  const state: ProxyState = {
    upstreams,
    budget: new RetryBudget(settings.retry, () => performance.now()),
    settings: settings.proxy,
    draining: false,
    inFlight: 0,
  };
  const routing = new ClientRouting(topology, upstreams);
  const defaultLocation = settings.defaultLocation ?? firstRegionPlace(topology);

  const app = createServer(settings.server);
  addStatusRoutes(app, state, prober, defaultLocation);
  addDocsRoutes(app, new ApiDescription(upstreams, routing, defaultLocation));
  addProxyRoutes(app, state, routing, defaultLocation);

  return {
    app,
    stop: async () => {
      state.draining = true;
      prober.stop();
      await drain(app, settings.drainMs);
      await upstreams.destroy();
    },
  };
}

async function drain(app: FastifyInstance, drainMs: number): Promise<void> {
  const { server } = app;
  // An answer whose head went out before the drain began promised to keep its connection; it is closed once idle.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), drainMs);
  try {
    await app.close();
  } finally {
    clearInterval(idle);
    clearTimeout(cut);
  }
}

function logChange(logger: Logger, { region, service, health }: Upstream): void {
  const upstream = `${region}/${service}`;
  if (health.up) logger.info({ upstream }, 'in use again');
  else logger.warn({ upstream, why: health.why }, 'not used any more');
}

function firstRegionPlace(topology: Topology): Place {
  const first = topology.regions[0];
  if (!first) throw new Error('The topology has no region.');
  return first.location;
}
