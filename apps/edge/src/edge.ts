import {
  firstRoutingTable,
  mayRead,
  mayWrite,
  type Place,
  type RegionId,
  type RoutingTable,
  regionIds,
  type ServiceName,
  type Topology,
} from '@meridian/regions';
import type { Logger } from '@meridian/service-kit/process';
import type { FastifyInstance } from 'fastify';
import { ApiDescription } from './docs/api-description.ts';
import { addDocsRoutes } from './docs/docs-routes.ts';
import { Prober, type ProbeSettings } from './health/prober.ts';
import type { HealthLimits } from './health/upstream-health.ts';
import { type HandOverSettings, HandOverWaits } from './proxy/hand-over-waits.ts';
import { addProxyRoutes } from './proxy/proxy-routes.ts';
import type { ProxySettings, ProxyState } from './proxy/proxy-state.ts';
import { RetryBudget, type RetryBudgetSettings } from './proxy/retry-budget.ts';
import { ClientRouting } from './routing/client-routing.ts';
import { MeasuredRtts } from './routing/measured-rtts.ts';
import { type SlowStartSettings, type Upstream, type UpstreamSettings, Upstreams } from './routing/upstreams.ts';
import { createServer, type ServerSettings } from './server/create-server.ts';
import { addStatusRoutes } from './status/status-routes.ts';
import { type ControlAddress, RoutingTableWatch, type TableWatchSettings } from './table/routing-table-watch.ts';
import { type LoadLimits, LoadShedder } from './traffic/load-limits.ts';
import { type OutlierSettings, whyEjected } from './traffic/outlier.ts';

export interface EdgeSettings {
  /** Where a client is taken to be that does not say. Default: the first region of the topology. */
  defaultLocation?: Place | undefined;
  /** What makes a region near: where the client is, or the round trips that this edge measures. Default: distance. */
  geo?: 'distance' | 'latency' | undefined;
  probe: ProbeSettings;
  health: HealthLimits;
  proxy: ProxySettings;
  upstream: UpstreamSettings;
  retry: RetryBudgetSettings;
  handOver: HandOverSettings;
  table: TableWatchSettings;
  slowStart: SlowStartSettings;
  outlier: OutlierSettings;
  load: LoadLimits;
  server: ServerSettings;
  /** How long requests in flight may take to finish when the edge stops. */
  drainMs: number;
}

export interface EdgeParts {
  topology: Topology;
  /** Where the edge reaches a service in a region: its side of the WAN link. */
  originOf: (region: RegionId, service: ServiceName) => string;
  /** Where the routing table is asked for. Nowhere: the first table holds for ever. */
  controls: readonly ControlAddress[];
  settings: EdgeSettings;
  logger: Logger;
}

export interface Edge {
  app: FastifyInstance;
  /** Stops taking connections, finishes what is in flight, then closes what is left. */
  stop(): Promise<void>;
}

/** All the wiring of the edge. Nothing listens yet; probing begins at once. */
export function createEdge({ topology, originOf, controls, settings, logger }: EdgeParts): Edge {
  const upstreams = new Upstreams(
    topology,
    originOf,
    settings.upstream,
    settings.health,
    settings.outlier,
    settings.slowStart,
    settings.load,
    (upstream, isInUse) => logChange(logger, upstream, isInUse),
  );
  const prober = new Prober(upstreams, settings.probe);
  const first = firstRoutingTable(regionIds(topology));
  const watch = new RoutingTableWatch(first, controls, settings.table, (table, before) => {
    logger.info({ epoch: table.epoch, mode: table.mode.kind, why: table.reason }, 'routes by a new table');
    upstreams.setServing(upstreams.regions.filter((region) => serves(table, region)));
    for (const region of upstreams.regions)
      if (serves(table, region) && !serves(before, region)) upstreams.returnRegion(region);
  });
  const rtts = settings.geo === 'latency' ? new MeasuredRtts(upstreams) : undefined;
  const state: ProxyState = {
    upstreams,
    routing: new ClientRouting(topology, upstreams, settings.slowStart, () => watch.table, rtts),
    watch,
    budget: new RetryBudget(settings.retry, () => performance.now()),
    handOvers: new HandOverWaits(settings.handOver),
    shedder: new LoadShedder(settings.load),
    settings: settings.proxy,
    hedges: { sent: 0, won: 0 },
    draining: false,
    inFlight: 0,
  };
  const defaultLocation = settings.defaultLocation ?? firstRegionPlace(topology);

  const app = createServer(settings.server);
  addStatusRoutes(app, state, prober, defaultLocation);
  addDocsRoutes(app, new ApiDescription(upstreams, state.routing, defaultLocation));
  addProxyRoutes(app, state, defaultLocation);

  return {
    app,
    stop: async () => {
      state.draining = true;
      prober.stop();
      watch.stop();
      state.handOvers.stop();
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

function logChange(logger: Logger, { region, service, health, outlier }: Upstream, isInUse: boolean): void {
  const upstream = `${region}/${service}`;
  if (isInUse) logger.info({ upstream }, 'in use again');
  else if (!health.up) logger.warn({ upstream, why: health.why }, 'not used any more');
  else if (outlier.ejection) logger.warn({ upstream, why: whyEjected(outlier.ejection) }, 'not used for a while');
}

function serves(table: RoutingTable, region: RegionId): boolean {
  return mayRead(table, region) || mayWrite(table, region);
}

function firstRegionPlace(topology: Topology): Place {
  const first = topology.regions[0];
  if (!first) throw new Error('The topology has no region.');
  return first.location;
}
