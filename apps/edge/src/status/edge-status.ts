import type { EdgeStatusResponse } from '@meridian/contracts';
import type { Place } from '@meridian/regions';
import type { Prober } from '../health/prober.ts';
import type { ProxyState } from '../proxy/proxied-request.ts';
import type { Upstream } from '../routing/upstreams.ts';

export function edgeStatus(state: ProxyState, prober: Prober, defaultLocation: Place): EdgeStatusResponse {
  const { upstreams, budget } = state;
  return {
    state: state.draining ? 'draining' : prober.hadFirstRound ? 'serving' : 'starting',
    defaultLocation,
    inFlight: state.inFlight,
    retries: { made: budget.made, refused: budget.refused },
    regions: upstreams.regions.map((region) => regionStatus(region, upstreams.inRegion(region))),
  };
}

function regionStatus(region: string, upstreams: readonly Upstream[]): EdgeStatusResponse['regions'][number] {
  const services = upstreams.map((upstream) => ({
    service: upstream.service,
    healthy: upstream.health.up,
    why: upstream.health.up ? null : upstream.health.why,
    since: new Date(upstream.health.sinceMs).toISOString(),
    probeMs: rounded(upstream.probeMs),
    requests: upstream.requests,
    noAnswers: upstream.noAnswers,
  }));
  const sick = services.filter(({ healthy }) => !healthy);
  const slowest = Math.max(...upstreams.map(({ probeMs }) => probeMs ?? -1));
  return {
    region,
    healthy: sick.length === 0,
    why: sick.length === 0 ? null : sick.map(({ service, why }) => `${service}: ${why}`).join('; '),
    probeMs: rounded(slowest < 0 ? null : slowest),
    services,
  };
}

function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 10) / 10;
}
