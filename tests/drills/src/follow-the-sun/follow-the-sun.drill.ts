import type { RegionId } from '@meridian/regions';
import { inEveryRegion, judgeOrders, ordersHeld, regions } from '@meridian/test-harness';
import { latencyMs } from '@meridian/testing';
import { decide, tableAt } from '../control/ask-control.ts';
import { backToFirst } from '../control/back-to-first.ts';
import { knownToAll, takesWrites } from '../control/known-to-all.ts';
import { check, type Drill } from '../drill.ts';
import { failedOf, summaryOf } from '../lose-region/judge-loss.ts';
import { PER_SECOND } from '../lose-region/lose-region.ts';
import { measureConvergence } from '../observe/convergence-of.ts';
import { loadAverage } from '../observe/load-average.ts';
import { startTraffic } from '../traffic/start-traffic.ts';
import { type HeldPrimary, turnsOf, unlikeDay } from './turns-of.ts';

/** How long a day of 24 hours takes. */
const DAY_TAKES_MS = { quick: 40_000, full: 120_000 };
const DAY_MS = 24 * 3_600_000;
const LOOK_EVERY_MS = 100;
const TAKES_WRITES_WITHIN_MS = 15_000;
/** Of the requests of a day with its hand-overs. */
const MAY_FAIL = 0.005;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export const followTheSun: Drill = {
  name: 'follow-the-sun',
  hypothesis:
    'In a day the primary goes once around the world, to where it is day, with nobody giving a command; nothing acknowledged is lost at a hand-over.',
  fault: `A day of 24 hours in ${DAY_TAKES_MS.full / 1_000} s (quick ${DAY_TAKES_MS.quick / 1_000}), under ${PER_SECOND.full} requests a second (quick ${PER_SECOND.quick}).`,
  sabotage: 'the clock of the mode runs as slowly as any other',
  onDemand: true,

  async run({ scale, sabotage, say }) {
    const [at] = regions as [RegionId];
    const dayMs = DAY_TAKES_MS[scale];
    const load = loadAverage();
    const traffic = await startTraffic(PER_SECOND[scale]);
    try {
      const nowMs = Date.now();
      const clock = { realStartMs: nowMs, startsAtMs: nowMs, speed: sabotage ? 1 : DAY_MS / dayMs };
      const { epoch } = await decide(at, { kind: 'set-mode', mode: { kind: 'follow-the-sun', primary: at, clock } });
      await knownToAll(epoch);
      await takesWrites(at, TAKES_WRITES_WITHIN_MS);
      const startedAtMs = performance.now();
      const seen = await watchPrimary(at, dayMs);
      const day = traffic.requests.filter(({ sentAtMs }) => sentAtMs >= startedAtMs);
      const turns = turnsOf(seen);
      say(turns.map(({ primary, fromMs }) => `${primary} from ${Math.round(fromMs / 1_000)} s`).join(', '));
      await backToFirst();
      const requests = await traffic.stop();
      const convergence = await measureConvergence(['order'], 60_000);
      const orders = requests.flatMap(({ kind, customerId, outcome, orderId }) =>
        kind === 'order' && customerId ? [{ customerId, outcome, orderId }] : [],
      );
      const customers = orders.map(({ customerId }) => customerId);
      const { lost, doubled } = judgeOrders(orders, await inEveryRegion((r) => ordersHeld(r, customers)));
      const failed = failedOf(day);
      return {
        figures: {
          requests: `${day.length} at ${PER_SECOND[scale]}/s, load average ${load}`,
          'hand-overs': `${turns.length - 1}: ${turns.map(({ primary }) => primary).join(' → ')}`,
          failed: `${failed.length}, ${((100 * failed.length) / day.length).toFixed(2)} %`,
          latency: `p50 ${Math.round(latencyMs(day, 0.5))} ms, p99 ${Math.round(latencyMs(day, 0.99))} ms`,
          'equal afterwards': convergence.failure ?? `after ${convergence.ms} ms`,
        },
        traceIds: failed.slice(0, 3).flatMap((r) => r.traceId ?? []),
        checks: [
          check(
            'fault',
            'every region is the primary in its day, and the primary does not go to and fro',
            unlikeDay(turns, regions),
          ),
          check(
            'RTO',
            `at most ${100 * MAY_FAIL} % of requests fail, hand-overs included`,
            failed.length <= MAY_FAIL * day.length ? [] : summaryOf(failed, startedAtMs),
          ),
          check('I1', 'all regions are equal afterwards', convergence.failure ? [convergence.failure] : []),
          check('I2', 'every acknowledged order is in every region (RPO 0)', lost),
          check('I4', 'no order is there twice', doubled),
        ],
      };
    } finally {
      await traffic.stop();
      await backToFirst();
    }
  },
};

async function watchPrimary(at: RegionId, forMs: number): Promise<HeldPrimary[]> {
  const startedMs = performance.now();
  const seen: HeldPrimary[] = [];
  for (;;) {
    const fromMs = performance.now() - startedMs;
    if (fromMs > forMs) return seen;
    const { mode, epoch } = await tableAt(at);
    if (mode.kind !== 'follow-the-sun') throw new Error(`The mode is ${mode.kind}.`);
    seen.push({ primary: mode.primary, epoch, fromMs });
    await pause(LOOK_EVERY_MS);
  }
}
