import type { RegionId } from '@meridian/regions';
import { pause } from '@meridian/test-harness';
import { edgeStatus } from '../control/known-to-all.ts';
import type { Observation } from '../drill.ts';
import { measureConvergence } from '../observe/convergence-of.ts';
import { loadAverage } from '../observe/load-average.ts';
import { watchAttempts } from '../observe/watch-attempts.ts';
import { missingElsewhere } from '../traffic/missing-elsewhere.ts';
import type { MissingWrites } from '../traffic/missing-writes.ts';
import { startTraffic, type Traffic } from '../traffic/start-traffic.ts';
import { failedOf, judgeLoss, summaryOf } from './judge-loss.ts';

/**
 * A region is lost while clients of all regions go on asking, and comes back while they still do. How it is lost is the
 * drill's own; what is seen of it is the same, so that the ways to lose one can be compared.
 */
export interface LoseRegion {
  region: RegionId;
  scale: 'quick' | 'full';
  /** What has to be so before, and is made so under the traffic. */
  arrange?(traffic: Traffic): Promise<void>;
  /** Resolves when it is lost, and proves that. */
  lose(): Promise<void>;
  /**
   * What somebody has to do so that the others serve, and in words how it went: in a mode with a primary nobody writes until
   * it is done. Without it the edge does without the region by itself.
   */
  takeOver?(): Promise<string>;
  /** Resolves when it is there again. `missing` are the orders that it alone had acknowledged. */
  bringBack(missing: MissingWrites): Promise<void>;
  /** Default: `PER_SECOND`. */
  perSecond?: number;
  /** Default: as long as the edge takes to notice refused probes. */
  servedAgainWithinMs?: number;
  around?: 'the edge';
  say(line: string): void;
}

/** Quick leaves room on a machine that does other things as well: what is measured is to be the loss, and not the load. */
export const PER_SECOND = { quick: 40, full: 100 };
/** Where services are started beside the load: that alone keeps two cores busy. */
export const PER_SECOND_BESIDE_STARTS = { quick: 20, full: 60 };
/** The edge asks every service for its readiness every 500 ms, and is without it after two failures; a fifth more. */
export const EDGE_NOTICES_WITHIN_MS = 1.2 * 500 * 2;
/** That clients are served again is told of a hundred requests in a row, and these have to come after it. */
const REQUESTS_WHILE_LOST = 150;
const SCALES = {
  quick: { beforeMs: 3_000, lostMs: 5_000, backMs: 2_000 },
  full: { beforeMs: 10_000, lostMs: 20_000, backMs: 15_000 },
};

export async function loseRegion(options: LoseRegion): Promise<Observation> {
  const { region, scale, lose, bringBack, say } = options;
  const { beforeMs, lostMs, backMs } = SCALES[scale];
  const perSecond = options.perSecond ?? PER_SECOND[scale];
  const traffic = await startTraffic(perSecond, options.around);
  const attempts = watchAttempts();
  try {
    await options.arrange?.(traffic);
    await pause(beforeMs);
    const load = loadAverage();
    const [lostAtMs, lostAtWallMs] = [performance.now(), Date.now()];
    const before = traffic.requests.filter((r) => r.sentAtMs > lostAtMs - beforeMs);
    await lose();
    const decision = await options.takeOver?.();
    await pause(Math.max(lostMs, (1_000 * REQUESTS_WHILE_LOST) / perSecond));
    const detectMs = await outAfterMs(region, lostAtWallMs);
    const missing = await missingElsewhere(region, traffic.requests, lostAtMs);
    say(`${missing.orderIds.length} acknowledged orders are in the lost region alone`);
    const returningAtMs = performance.now();
    await bringBack(missing);
    const returnMs = performance.now() - returningAtMs;
    say(`it is back; failed so far: ${summaryOf(failedOf(traffic.requests), lostAtMs).join('; ') || 'nothing'}`);
    await pause(backMs);
    const counts = await attempts.stop();
    const requests = await traffic.stop();
    const convergence = await measureConvergence(['order'], 60_000);
    return await judgeLoss({
      ...{
        region,
        traffic,
        requests,
        before,
        lostAtMs,
        detectMs,
        decision,
        missing,
        returningAtMs,
        returnMs,
        attempts: counts,
        steadyPerSecond: before.length / (beforeMs / 1_000),
        convergence,
        load,
        perSecond,
        servedAgainWithinMs: options.servedAgainWithinMs ?? EDGE_NOTICES_WITHIN_MS,
      },
    });
  } finally {
    await attempts.stop();
    await traffic.stop();
  }
}

/** When the last of its services was taken out, by the edge's clock, which is this machine's. */
async function outAfterMs(region: RegionId, lostAtWallMs: number): Promise<number | undefined> {
  const status = await edgeStatus();
  const services: { healthy: boolean; since: string }[] = status.regions.find(
    (r: { region: RegionId }) => r.region === region,
  ).services;
  if (services.some((s) => s.healthy)) return undefined;
  return Math.max(0, ...services.map((s) => Date.parse(s.since) - lostAtWallMs));
}
