import { Client } from 'undici';
import type { Upstream, Upstreams } from '../routing/upstreams.ts';
import { isSilence, reasonOf } from './reason-of.ts';
import { afterProbeFailure, afterProbeSuccess } from './upstream-health.ts';

export interface ProbeSettings {
  intervalMs: number;
  timeoutMs: number;
}

const SMOOTHING = 0.2;

/**
 * Asks every upstream for its readiness on a clock, each over a connection of its own: in the pool that requests use, a
 * probe would wait behind them just when the answer matters.
 */
export class Prober {
  #hadFirstRound = false;
  readonly #stops: (() => void)[] = [];

  constructor(upstreams: Upstreams, settings: ProbeSettings) {
    const firsts = upstreams.all.map((upstream) => this.#watch(upstreams, upstream, settings));
    void Promise.all(firsts).then(() => {
      this.#hadFirstRound = true;
    });
  }

  /** Whether every upstream was asked once, whatever it said. */
  get hadFirstRound(): boolean {
    return this.#hadFirstRound;
  }

  /** Returns the first probe. The next one begins an interval after the last began, and never while that one runs. */
  #watch(upstreams: Upstreams, upstream: Upstream, settings: ProbeSettings): Promise<void> {
    const client = new Client(upstream.origin, { connectTimeout: settings.timeoutMs, allowH2: false });
    let stopped = false;
    let timer: NodeJS.Timeout | undefined;
    const round = async () => {
      const startedMs = performance.now();
      await probe(client, upstreams, upstream, settings.timeoutMs);
      if (stopped) return;
      timer = setTimeout(round, Math.max(0, settings.intervalMs - (performance.now() - startedMs)));
    };
    this.#stops.push(() => {
      stopped = true;
      clearTimeout(timer);
      client.destroy().catch(() => {});
    });
    return round();
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }
}

async function probe(client: Client, upstreams: Upstreams, upstream: Upstream, timeoutMs: number): Promise<void> {
  const startedMs = performance.now();
  try {
    const { statusCode, body } = await client.request({
      method: 'GET',
      path: '/health/ready',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(notReady(statusCode, text));
    const tookMs = performance.now() - startedMs;
    upstream.probeMs = upstream.probeMs === null ? tookMs : upstream.probeMs + SMOOTHING * (tookMs - upstream.probeMs);
    upstreams.setHealth(upstream, afterProbeSuccess(upstream.health, upstreams.limits, Date.now()));
  } catch (error) {
    if (client.destroyed) return;
    const why = reasonOf(error, timeoutMs);
    const failed = afterProbeFailure(upstream.health, upstreams.limits, Date.now(), why, isSilence(error));
    upstreams.setHealth(upstream, failed);
  }
}

/** What a service says of itself when it is not ready stands in the `detail` of its problem. */
function notReady(status: number, body: string): string {
  try {
    const { detail } = JSON.parse(body) as { detail?: unknown };
    if (typeof detail === 'string') return `answers ${status}: ${detail.slice(0, 200)}`;
  } catch {
    // Not JSON: the status has to do.
  }
  return `answers ${status}`;
}
