/**
 * Whether one upstream (a service in a region) is used, decided from two kinds of evidence. Probes ask it on a clock and
 * alone can bring it back; real requests only count against it, and take it out at once when several in a row got no
 * answer at all. An answer, even a 500, is a sign of life here: whether the service is fit is what its readiness says.
 *
 * An upstream that was never asked is up: at the start the edge must not refuse what it could serve.
 */
export type UpstreamHealth =
  | { up: true; sinceMs: number; probeFailures: number; requestFailures: number }
  | {
      up: false;
      sinceMs: number;
      why: string;
      probeSuccesses: number;
      /** Nothing is known but that probes had no answer in time. Requests may show more, as long as they are sent there. */
      isSilent: boolean;
      requestFailures: number;
    };

export interface HealthLimits {
  /** Probes in a row that must fail before an upstream is out. */
  probeFailures: number;
  /** Probes in a row that must succeed before it is in again. */
  probeSuccesses: number;
  /** Requests in a row without an answer before it is out. */
  requestFailures: number;
}

export function startingHealth(nowMs: number): UpstreamHealth {
  return { up: true, sinceMs: nowMs, probeFailures: 0, requestFailures: 0 };
}

export function afterProbeSuccess(health: UpstreamHealth, limits: HealthLimits, nowMs: number): UpstreamHealth {
  if (health.up) return health.probeFailures === 0 ? health : { ...health, probeFailures: 0 };
  const probeSuccesses = health.probeSuccesses + 1;
  return probeSuccesses >= limits.probeSuccesses ? startingHealth(nowMs) : { ...health, probeSuccesses };
}

/** `isSilent`: it had no answer in time. Anything else was an answer of a kind, and not a good one. */
export function afterProbeFailure(
  health: UpstreamHealth,
  limits: HealthLimits,
  nowMs: number,
  why: string,
  isSilent: boolean,
): UpstreamHealth {
  if (!health.up) return { ...health, why, probeSuccesses: 0, isSilent: health.isSilent && isSilent };
  const probeFailures = health.probeFailures + 1;
  if (probeFailures < limits.probeFailures) return { ...health, probeFailures };
  const { requestFailures } = health;
  return { up: false, sinceMs: nowMs, why, probeSuccesses: 0, isSilent, requestFailures };
}

export function afterAnswer(health: UpstreamHealth): UpstreamHealth {
  return health.requestFailures > 0 ? { ...health, requestFailures: 0 } : health;
}

export function afterNoAnswer(
  health: UpstreamHealth,
  limits: HealthLimits,
  nowMs: number,
  why: string,
): UpstreamHealth {
  if (!health.up && !health.isSilent) return health;
  const requestFailures = health.requestFailures + 1;
  if (requestFailures < limits.requestFailures) return { ...health, requestFailures };
  const lost = {
    isSilent: false,
    probeSuccesses: 0,
    requestFailures,
    why: `${requestFailures} requests in a row: ${why}`,
  };
  return { up: false, sinceMs: health.up ? nowMs : health.sinceMs, ...lost };
}
