import type { RegionId } from '@meridian/regions';
import { inEveryRegion, judgeStock, stockHeld } from '@meridian/test-harness';
import { eventually, latencyMs, servedAgainAfterMs } from '@meridian/testing';
import { type Check, check, type Observation } from '../drill.ts';
import type { Convergence } from '../observe/convergence-of.ts';
import {
  type AttemptCount,
  mostAttemptsPerSecond,
  mostTriesPerRequest,
  repeatsBeyondBudget,
} from '../observe/most-attempts.ts';
import { judgeOrdersEverywhere } from '../traffic/judge-orders-everywhere.ts';
import { type MissingWrites, rpoSentence } from '../traffic/missing-writes.ts';
import { ordersOf } from '../traffic/orders-of.ts';
import type { SentRequest, Traffic } from '../traffic/start-traffic.ts';

/** Everything that was seen of a region's loss and return. Times in milliseconds, those `At` of `performance.now()`. */
export interface Loss {
  region: RegionId;
  traffic: Traffic;
  requests: readonly SentRequest[];
  /** Those of just before the loss. */
  before: readonly SentRequest[];
  lostAtMs: number;
  /** After the loss; undefined when the edge still used one of its services. */
  detectMs: number | undefined;
  /** How others were made to take over; undefined where nobody had to. */
  decision: string | undefined;
  /** While it was away. */
  missing: MissingWrites;
  returningAtMs: number;
  returnMs: number;
  /** What the edge sent to services, all the time. */
  attempts: readonly AttemptCount[];
  /** What clients asked in a second before the loss. */
  steadyPerSecond: number;
  convergence: Convergence;
  load: string;
  perSecond: number;
  servedAgainWithinMs: number;
}

const MAY_FAIL = 0.005;
/** What more reaches services that have just come back is what keeps them down. */
const TRIES_AT_MOST = 2;
/** An answer that takes longer is no service, unless they took half as long before. */
const SERVED_WITHIN_MS = 1_000;

export async function judgeLoss(loss: Loss): Promise<Observation> {
  const { region, traffic, requests, before, lostAtMs, detectMs, missing, returningAtMs, returnMs, convergence } = loss;
  const { attempts, steadyPerSecond } = loss;
  const timesSteady = mostAttemptsPerSecond(attempts, returningAtMs) / steadyPerSecond;
  const servedWithinMs = Math.max(SERVED_WITHIN_MS, 2 * latencyMs(before, 0.99));
  const orders = ordersOf(requests);
  const { lost, doubled } = await judgeOrdersEverywhere(orders);
  const stock = await stockOnceSettled(traffic.sku, traffic.unitsStocked, orders);
  // While it is away: what its return costs is counted with the failures.
  const during = requests.filter((r) => r.sentAtMs < returningAtMs);
  const againMs = servedAgainAfterMs(during, lostAtMs, servedWithinMs);
  const rerouted = firstRerouted(during, region, lostAtMs);
  const failed = failedOf(requests);
  // Who waits for a new primary fails until it is there: how long that may be, the first check says.
  const isWaiting = ({ sentAtMs }: SentRequest) =>
    loss.decision !== undefined && sentAtMs >= lostAtMs && sentAtMs < lostAtMs + (againMs ?? 0);
  const toServe = requests.filter((r) => !isWaiting(r));
  const failedOfThese = failedOf(toServe);
  return {
    figures: {
      requests: `${requests.length} at ${loss.perSecond}/s, load average ${loss.load}`,
      failed: `${failed.length}, ${((100 * failed.length) / requests.length).toFixed(2)} %`,
      'latency before': `p50 ${Math.round(latencyMs(before, 0.5))} ms, p99 ${Math.round(latencyMs(before, 0.99))} ms`,
      '99 % answered again after': againMs === undefined ? 'never' : `${Math.round(againMs)} ms`,
      RTO: rtoOf(detectMs, loss.decision, rerouted, lostAtMs),
      'repeated by the edge': `${requests.filter((r) => r.repeats > 0).length} requests`,
      'requests reaching the services after the heal': `most ${timesSteady.toFixed(1)} times the steady rate`,
      RPO: rpoSentence(missing, lost),
      'the region is back after': `${(returnMs / 1_000).toFixed(1)} s`,
      'equal afterwards': convergence.failure ?? `after ${convergence.ms} ms`,
    },
    traceIds: [...failed, ...(rerouted ? [rerouted] : [])].slice(0, 3).flatMap((r) => r.traceId ?? []),
    checks: [
      check(
        'RTO',
        `99 % of requests are answered again within ${loss.servedAgainWithinMs} ms, none later than ${Math.round(servedWithinMs)} ms`,
        againMs !== undefined && againMs <= loss.servedAgainWithinMs
          ? []
          : [againMs === undefined ? 'never' : `${Math.round(againMs)} ms`],
      ),
      check(
        'RTO',
        loss.decision === undefined
          ? `at most ${100 * MAY_FAIL} % of requests fail, the return of the region included`
          : `at most ${100 * MAY_FAIL} % of requests fail before the loss and once it is served again, the return included`,
        failedOfThese.length <= MAY_FAIL * toServe.length ? [] : summaryOf(failedOfThese, lostAtMs),
      ),
      ...judgeAttempts(loss),
      check('I1', 'all regions are equal after its return', convergence.failure ? [convergence.failure] : []),
      check('I2', 'every acknowledged order is in every region after its return', lost),
      check('I4', 'no order is there twice', doubled),
      check('I3', 'every order took its units once, and none is sold twice', stock),
      check(
        'fault',
        'clients of the region were served by it, then by another one',
        before.some((r) => r.servedBy === region) && rerouted ? [] : [`nobody was rerouted from ${region}`],
      ),
    ],
  };
}

/**
 * The first one from which on every request of the region's clients went straight to another one. Some may have done so
 * before: a region that came back a moment ago has no full share yet.
 */
function firstRerouted(during: readonly SentRequest[], region: RegionId, lostAtMs: number): SentRequest | undefined {
  const mine = during
    .filter((r) => r.near === region && r.sentAtMs >= lostAtMs)
    .sort((a, b) => a.sentAtMs - b.sentAtMs);
  const last = mine.findLastIndex((r) => r.outcome !== 'ok' || r.repeats > 0 || r.servedBy === region);
  return mine[last + 1];
}

function rtoOf(
  detectMs: number | undefined,
  decision = 'decide 0 ms (the edge does without it by itself)',
  rerouted: SentRequest | undefined,
  lostAtMs: number,
): string {
  if (!rerouted) return 'nobody was rerouted';
  const routed = Math.round(rerouted.sentAtMs - lostAtMs);
  const served = Math.round(rerouted.endedAtMs - lostAtMs);
  const detect =
    detectMs === undefined ? 'detect: its services are not all out' : `detect ${detectMs} ms (all services)`;
  return `${detect}, ${decision}, route ${routed} ms, serve ${served} ms after the loss`;
}

function judgeAttempts({ attempts, returningAtMs, requests, steadyPerSecond }: Loss): Check[] {
  const times = mostTriesPerRequest(attempts, returningAtMs, requests, steadyPerSecond);
  const beyond = repeatsBeyondBudget(attempts);
  const checks = [
    check(
      'RTO',
      `no retry storm: in any second after the heal at most ${TRIES_AT_MOST} tries for each request, or for each of a steady second`,
      times <= TRIES_AT_MOST ? [] : [`${times.toFixed(1)}`],
    ),
    check(
      'RTO',
      'in any ten seconds the edge repeats a fifth of the requests at most, or ten a second',
      beyond === 0 ? [] : [`${Math.ceil(beyond)} more`],
    ),
  ];
  // Who goes around the edge is not counted by it.
  return times > 0 ? checks : checks.map((one) => ({ ...one, valid: 'unknown', evidence: ['the edge sent nothing'] }));
}

export const failedOf = (requests: readonly SentRequest[]) => requests.filter((r) => r.outcome !== 'ok');

/** By what failed and why; `event` is what happened at `atMs`. */
export function summaryOf(failed: readonly SentRequest[], atMs: number, event = 'the loss'): string[] {
  const kinds = Map.groupBy(failed, (r) => `${r.kind} near ${r.near}: ${r.why}`);
  return [...kinds].map(([why, of]) => {
    const sent = of.map((r) => Math.round(r.sentAtMs - atMs));
    return `${of.length} × ${why} (${Math.min(...sent)} to ${Math.max(...sent)} ms after ${event})`;
  });
}

/** Units that two regions took for one order are given back a little after they have converged. */
export async function stockOnceSettled(
  sku: string,
  stocked: number,
  orders: readonly { outcome: string; orderId: string | undefined }[],
): Promise<string[]> {
  const acknowledged = orders.flatMap((o) => (o.outcome === 'ok' ? (o.orderId ?? []) : []));
  let wrong: string[] = [];
  await eventually(
    async () => {
      const verdict = judgeStock(stocked, await inEveryRegion((r) => stockHeld(r, sku)), acknowledged);
      const { miscounted, unreserved, oversold } = verdict;
      wrong = [
        ...miscounted.map((one) => JSON.stringify(one)),
        ...unreserved.map((id) => `no units for order ${id}`),
        ...(oversold === 0 ? [] : [`${oversold} units oversold`]),
      ];
      if (wrong.length > 0) throw new Error(wrong.join(', '));
    },
    { withinMs: 15_000, everyMs: 200 },
  ).catch(() => undefined);
  return wrong;
}
