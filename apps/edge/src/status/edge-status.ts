import type { EdgeStatusResponse } from '@meridian/contracts';
import { type Place, primaryOf } from '@meridian/regions';
import type { Prober } from '../health/prober.ts';
import type { ProxyState } from '../proxy/proxy-state.ts';
import type { ClientRouting } from '../routing/client-routing.ts';
import type { Upstream } from '../routing/upstreams.ts';
import { whyEjected } from '../traffic/outlier.ts';

const USED_ALL_THE_SAME = '; used all the same, as others are out';

type RegionStatus = EdgeStatusResponse['regions'][number];

export function edgeStatus(state: ProxyState, prober: Prober, defaultLocation: Place): EdgeStatusResponse {
  const { upstreams, budget, shedder, hedges, handOvers, watch } = state;
  const { epoch, mode, reason } = watch.table;
  return {
    state: state.draining ? 'draining' : prober.hadFirstRound && watch.hadFirstRound ? 'serving' : 'starting',
    defaultLocation,
    table: {
      epoch,
      mode: mode.kind,
      primary: primaryOf(watch.table) ?? null,
      reason,
      controls: watch.controls.map(({ region, reachable, why, epoch: known }) => ({
        region,
        reachable,
        why,
        epoch: known,
      })),
    },
    inFlight: state.inFlight,
    retries: { made: budget.made, refused: budget.refused },
    shed: { reads: shedder.shed.read, writes: shedder.shed.write },
    hedges: { sent: hedges.sent, won: hedges.won },
    handOvers: { waiting: handOvers.waiting, waited: handOvers.total, inVain: handOvers.inVain },
    regions: upstreams.regions.map((region) => regionStatus(state, region)),
  };
}

function regionStatus({ upstreams, routing, watch }: ProxyState, region: string): RegionStatus {
  const inRegion = upstreams.inRegion(region);
  const services = inRegion.map((upstream) => serviceStatus(upstream, routing, upstreams.isInUse(upstream)));
  const suspect = services.filter(({ why }) => why !== null);
  const slowest = Math.max(...inRegion.map(({ probeMs }) => probeMs ?? -1));
  return {
    region,
    state: watch.table.regions[region]?.state ?? null,
    healthy: services.every(({ healthy }) => healthy),
    why: suspect.length === 0 ? null : suspect.map(({ service, why }) => `${service}: ${why}`).join('; '),
    probeMs: rounded(slowest < 0 ? null : slowest),
    services,
  };
}

function serviceStatus(upstream: Upstream, routing: ClientRouting, isInUse: boolean): RegionStatus['services'][number] {
  const { service, region, health, outlier } = upstream;
  const { ejection } = outlier;
  const share = routing.sharesOf(service)[region];
  return {
    service,
    healthy: isInUse,
    why: health.up ? (ejection ? whyEjected(ejection) : null) : `${health.why}${isInUse ? USED_ALL_THE_SAME : ''}`,
    since: new Date(health.sinceMs).toISOString(),
    share: share ? Math.round(share.share * 1000) / 1000 : 1,
    shareBy: share && share.share < 1 ? share.why : null,
    probeMs: rounded(upstream.probeMs),
    inFlight: upstream.inFlight,
    mostInFlight: upstream.limit.current,
    requests: upstream.requests,
    noAnswers: upstream.noAnswers,
    ejections: outlier.ejections,
    ejectedForMs: ejection ? Math.round(ejection.untilMs - performance.now()) : null,
  };
}

function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 10) / 10;
}
