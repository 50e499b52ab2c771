import type { RegionId } from '@meridian/regions';
import { heal, ordersHeld, pause, regions } from '@meridian/test-harness';
import { eventually, latencyMs } from '@meridian/testing';
import { decide } from '../control/ask-control.ts';
import { backToFirst } from '../control/back-to-first.ts';
import { edgeStatus, knownToAll } from '../control/known-to-all.ts';
import { check, type Drill } from '../drill.ts';
import { PER_SECOND } from '../lose-region/lose-region.ts';
import { measureConvergence } from '../observe/convergence-of.ts';
import { loadAverage } from '../observe/load-average.ts';
import { rtoSentence, TOLD_BY_THE_OPERATOR } from '../observe/rto.ts';
import { stopReplicationOf } from '../observe/stop-replication-of.ts';
import { judgeOrdersEverywhere } from '../traffic/judge-orders-everywhere.ts';
import { missingWrites } from '../traffic/missing-writes.ts';
import { ordersOf } from '../traffic/orders-of.ts';
import { startTraffic, type Traffic } from '../traffic/start-traffic.ts';

const STAYS_MS = { quick: 3_000, full: 20_000 };
const ALONE_MS = 2_000;
const DRAINED_WITHIN_MS = 10_000;
/** Longer than any lag between healthy regions; who waits for ever never evacuates. */
const HANDED_OVER_WITHIN_MS = 5_000;

export const evacuateUnderLoad: Drill = {
  name: 'evacuate-under-load',
  hypothesis:
    'A region that leaves by a plan, and takes its share back, costs no request; when it is out, the others have all that it acknowledged.',
  fault: `drain, evacuate, fail-back and activate through control, under ${PER_SECOND.full} requests a second (quick ${PER_SECOND.quick}); the edge says that nothing is under way in the region.`,
  sabotage: 'the region is cut off from replication before it is drained',

  async run({ scale, sabotage, say }) {
    const [at, region] = regions as [RegionId, RegionId];
    const load = loadAverage();
    const traffic = await startTraffic(PER_SECOND[scale]);
    try {
      await pause(STAYS_MS[scale]);
      if (sabotage) {
        await stopReplicationOf(region);
        // It goes on acknowledging what nobody else will have.
        await pause(ALONE_MS);
      }
      const leavingAtMs = performance.now();
      const drain = await decide(at, { kind: 'drain', region });
      const decideMs = Math.round(performance.now() - leavingAtMs);
      await knownToAll(drain.epoch);
      const drainedMs = (await untilIdle(region)) - leavingAtMs;
      const missing = await untilHandedOver(region, traffic, leavingAtMs);
      const evacuated = await decide(at, { kind: 'evacuate', region });
      await knownToAll(evacuated.epoch);
      const outAtMs = performance.now();
      say(
        `${region} is evacuated after ${Math.round(outAtMs - leavingAtMs)} ms; ${missing.orderIds.length} writes are missing`,
      );
      await pause(STAYS_MS[scale]);
      const returningAtMs = performance.now();
      const servedWhileOut = servedBy(region, traffic, outAtMs, returningAtMs);
      await heal();
      await knownToAll((await decide(at, { kind: 'fail-back', region })).epoch);
      await untilServing(region, traffic, returningAtMs);
      const servesAgainMs = performance.now() - returningAtMs;
      await knownToAll((await decide(at, { kind: 'activate', region })).epoch);
      await pause(STAYS_MS[scale]);
      const requests = await traffic.stop();
      const convergence = await measureConvergence(['order'], 60_000);
      const orders = ordersOf(requests);
      const { lost, doubled } = await judgeOrdersEverywhere(orders);
      const failed = requests.filter((r) => r.outcome !== 'ok');
      const whyFailed = failed.map(
        (r) => `${r.kind} near ${r.near}, ${Math.round(r.sentAtMs - leavingAtMs)} ms after the drain: ${r.why}`,
      );
      return {
        figures: {
          requests: `${requests.length} at ${PER_SECOND[scale]}/s, ${failed.length} failed, load average ${load}`,
          latency: `p50 ${Math.round(latencyMs(requests, 0.5))} ms, p99 ${Math.round(latencyMs(requests, 0.99))} ms, longest ${Math.round(latencyMs(requests, 0.99999))} ms`,
          'evacuated after': `${((outAtMs - leavingAtMs) / 1_000).toFixed(1)} s (nothing under way after ${(drainedMs / 1_000).toFixed(1)} s)`,
          RTO: `${rtoSentence(TOLD_BY_THE_OPERATOR, { decideMs, routeMs: Math.round(drainedMs), serveMs: Math.round(drainedMs) }, 'the command')}: from then on others serve all`,
          RPO: `${missing.orderIds.length} writes, ${missing.rpoMs} ms`,
          'served again by it after': `${(servesAgainMs / 1_000).toFixed(1)} s`,
          'equal afterwards': convergence.failure ?? `after ${convergence.ms} ms`,
        },
        traceIds: failed.slice(0, 3).flatMap((r) => r.traceId ?? []),
        checks: [
          check('RTO', 'no request fails, neither when it leaves nor when it returns', whyFailed),
          check('I2', 'the others have all that it acknowledged when it is evacuated (RPO 0)', missing.orderIds),
          check('I8', 'it serves nobody while it is out', servedWhileOut),
          check('I1', 'all regions are equal afterwards', convergence.failure ? [convergence.failure] : []),
          check('I2', 'every acknowledged order is in every region', lost),
          check('I4', 'no order is there twice', doubled),
          check(
            'fault',
            'it had served before',
            servedBy(region, traffic, 0, leavingAtMs).length > 0 ? [] : ['nobody'],
          ),
        ],
      };
    } finally {
      await traffic.stop();
      await heal();
      await backToFirst();
    }
  },
};

/** When nothing is under way there any more, as the edge sees it; of `performance.now()`. */
async function untilIdle(region: RegionId): Promise<number> {
  await eventually(
    async () => {
      const { services } = (await edgeStatus()).regions.find((r: { region: RegionId }) => r.region === region);
      const underWay = services.reduce((sum: number, s: { inFlight: number }) => sum + s.inFlight, 0);
      if (underWay > 0) throw new Error(`${underWay} requests are under way in ${region}`);
    },
    { withinMs: DRAINED_WITHIN_MS, everyMs: 20 },
  );
  return performance.now();
}

/** What the others still have not when they had time enough to get it. */
async function untilHandedOver(region: RegionId, { requests }: Traffic, leavingAtMs: number) {
  const others = regions.filter((r) => r !== region);
  const look = async () => {
    const customers = requests.flatMap((r) => (r.servedBy === region && r.customerId) || []);
    const held = await Promise.all(others.map((r) => ordersHeld(r, customers)));
    const everywhere = held.reduce((some, more) => some.filter(({ id }) => more.some((o) => o.id === id)));
    return missingWrites(requests, region, leavingAtMs, everywhere);
  };
  return eventually(
    async () => {
      const missing = await look();
      if (missing.orderIds.length > 0) throw new Error(`${missing.orderIds.length} are missing`);
      return missing;
    },
    { withinMs: HANDED_OVER_WITHIN_MS, everyMs: 50 },
  ).catch(look);
}

async function untilServing(region: RegionId, traffic: Traffic, sinceMs: number): Promise<void> {
  await eventually(
    () => {
      if (servedBy(region, traffic, sinceMs, performance.now()).length === 0)
        throw new Error(`${region} serves nobody`);
    },
    { withinMs: DRAINED_WITHIN_MS, everyMs: 20 },
  );
}

function servedBy(region: RegionId, { requests }: Traffic, fromMs: number, toMs: number): string[] {
  const served = requests.filter((r) => r.servedBy === region && r.sentAtMs >= fromMs && r.endedAtMs <= toMs);
  return served.map((r) => `${r.kind} near ${r.near}`);
}
