import { localHour, primaryOf, type RegionId } from '@meridian/regions';
import { inEveryRegion, pause, regions, signal, topology } from '@meridian/test-harness';
import { eventually, latencyMs } from '@meridian/testing';
import { decide, tableAt } from '../control/ask-control.ts';
import { backToFirst } from '../control/back-to-first.ts';
import { decidedAt } from '../control/decided-at.ts';
import { followTheSunFromNoonOf } from '../control/follow-the-sun-from-noon-of.ts';
import { edgeStatus, knownToAll, takesWrites } from '../control/known-to-all.ts';
import { check, type Drill } from '../drill.ts';
import { failedOf, stockOnceSettled, summaryOf } from '../lose-region/judge-loss.ts';
import { measureConvergence } from '../observe/convergence-of.ts';
import { loadAverage } from '../observe/load-average.ts';
import { rtoSentence } from '../observe/rto.ts';
import { judgeOrdersEverywhere } from '../traffic/judge-orders-everywhere.ts';
import { missingElsewhere } from '../traffic/missing-elsewhere.ts';
import type { MissingWrites } from '../traffic/missing-writes.ts';
import { ordersOf } from '../traffic/orders-of.ts';
import { startTraffic } from '../traffic/start-traffic.ts';
import { handOverTimes } from './hand-over-times.ts';
import { watchWriters } from './watch-writers.ts';
import { twoWriters, writeGaps } from './write-gaps.ts';

const PER_SECOND = 40;
const DAYS_MS = { quick: 18_000, full: 120_000 };
const DAY_MS = 24 * 3_600_000;
const TAKES_WRITES_WITHIN_MS = 15_000;
/** Longer than the edge lets a write wait. */
const STOPPED_MS = 6_000;
/** What is under way at midnight, and the last look of control. */
const AFTER_MS = 1_500;

export const followTheSun: Drill = {
  name: 'follow-the-sun',
  hypothesis:
    'A day in which the primary moves around the world with the sun costs no request: what meets a hand-over waits for its next primary and is done once.',
  fault: `A day of ${DAYS_MS.full / 1_000} s (quick ${DAYS_MS.quick / 1_000} s), under ${PER_SECOND} requests a second from clients of every region; the primary has been in all of them, by itself.`,
  sabotage: `the control of the first region that is handed the primary is stopped for ${STOPPED_MS / 1_000} s`,

  async run({ scale, sabotage, say }) {
    const first = regions[1] as RegionId;
    const load = loadAverage();
    const traffic = await startTraffic(PER_SECOND);
    let stopped: string | undefined;
    const goOn = async () => {
      if (stopped !== undefined) await signal(stopped, 'SIGCONT');
      stopped = undefined;
    };
    let watch: ReturnType<typeof watchWriters<MissingWrites>> | undefined;
    try {
      const { epoch } = await decide(first, {
        kind: 'set-mode',
        mode: followTheSunFromNoonOf(first, DAY_MS / DAYS_MS[scale]),
      });
      await knownToAll(epoch);
      await takesWrites(first, TAKES_WRITES_WITHIN_MS);
      const before = await edgeStatus();
      const fromMs = performance.now();
      watch = watchWriters(({ from, to, atMs, gapMs }) => missingElsewhere(from, traffic.requests, atMs - gapMs, [to]));
      if (sabotage) {
        stopped = `${nextAfterNoon(first)}/control`;
        await signal(stopped, 'SIGSTOP');
        await untilHandedOver(first, DAYS_MS[scale]);
        await pause(STOPPED_MS);
        await goOn();
      }
      await pause(Math.max(0, fromMs + DAYS_MS[scale] - performance.now()));
      const sent = await traffic.stop();
      // The change of the mode, before the day, is no hand-over.
      const requests = sent.filter((r) => r.sentAtMs >= fromMs);
      await pause(AFTER_MS);
      const { samples } = watch;
      const missing = await watch.stop();
      const after = await edgeStatus();
      const gaps = writeGaps(samples);
      for (const { from, to, gapMs } of gaps) say(`${from} → ${to}: nobody took writes for ${gapMs} ms`);
      const decided = new Map(Object.values(await inEveryRegion(decidedAt)).flatMap((known) => [...known]));
      const nowLessWallMs = performance.now() - Date.now();
      const times = gaps.map((gap) => handOverTimes(gap, samples, decided, nowLessWallMs));
      const convergence = await measureConvergence(['order'], 60_000);
      // Units that an order took where it could not be committed any more are given back by who may write.
      await backToFirst();
      const orders = ordersOf(sent);
      const { lost, doubled } = await judgeOrdersEverywhere(orders);
      const stock = await stockOnceSettled(traffic.sku, traffic.unitsStocked, orders);
      const failed = failedOf(requests);
      const writes = requests.filter(({ kind }) => kind !== 'read');
      const inHandOvers = gaps.map(({ atMs, gapMs }) =>
        writes.filter((r) => r.sentAtMs <= atMs && r.endedAtMs >= atMs - gapMs),
      );
      const visited = new Set([first, ...gaps.map(({ to }) => to)]);
      return {
        figures: {
          requests: `${requests.length} at ${PER_SECOND}/s, ${failed.length} failed, load average ${load}`,
          writes: `p50 ${Math.round(latencyMs(writes, 0.5))} ms, p99 ${Math.round(latencyMs(writes, 0.99))} ms`,
          ...Object.fromEntries(
            gaps.map(({ from, to, gapMs }, i) => [
              `hand-over ${i + 1}`,
              `${from} → ${to}: nobody took writes for ${gapMs} ms; ${inHandOvers[i]?.length} met it, the longest took ${longest(inHandOvers[i] ?? [])} ms`,
            ]),
          ),
          ...Object.fromEntries(
            times.map((parts, i) => [
              `RTO, hand-over ${i + 1}`,
              rtoSentence('0 ms (planned: nobody is lost)', parts, 'it was proposed'),
            ]),
          ),
          'RPO, at each hand-over': `${missing.map(({ orderIds, rpoMs }) => `${orderIds.length} writes, ${rpoMs} ms`).join('; ')}; ${lost.length} lost`,
          'waited at the edge': `${after.handOvers.waited - before.handOvers.waited}, ${after.handOvers.inVain - before.handOvers.inVain} of them in vain; ${after.retries.made - before.retries.made} sent again`,
          'equal afterwards': convergence.failure ?? `after ${convergence.ms} ms`,
        },
        traceIds: failed.slice(0, 3).flatMap((r) => r.traceId ?? []),
        checks: [
          check('RTO', 'no request fails, whatever it is, and at whatever hour', summaryOf(failed, fromMs, 'noon')),
          check('I8', 'no two regions take writes at a time', twoWriters(samples)),
          check('I1', 'all regions are equal at the end of the day', convergence.failure ? [convergence.failure] : []),
          check('I2', 'every acknowledged order is in every region (RPO 0)', lost),
          check('I4', 'no order is there twice', doubled),
          check('I3', 'every order took its units once, and none is sold twice', stock),
          check(
            'fault',
            'every region has been the primary',
            regions.filter((region) => !visited.has(region)),
          ),
        ],
      };
    } finally {
      await goOn();
      await watch?.stop().catch(() => undefined);
      await traffic.stop();
      await backToFirst();
    }
  },
};

/** Where it is noon next. */
function nextAfterNoon(primary: RegionId): RegionId {
  const nowMs = Date.now();
  const hoursUntilNoon = (region: RegionId) =>
    (localHour(zoneOf(primary), nowMs) - localHour(zoneOf(region), nowMs) + 24) % 24;
  const others = regions.filter((region) => region !== primary);
  return others.toSorted((a, b) => hoursUntilNoon(a) - hoursUntilNoon(b))[0] as RegionId;
}

function zoneOf(region: RegionId): string {
  const zone = topology.regions.find(({ id }) => id === region)?.timeZone;
  if (zone === undefined) throw new Error(`The topology has no region "${region}".`);
  return zone;
}

async function untilHandedOver(by: RegionId, withinMs: number): Promise<void> {
  await eventually(
    async () => {
      if (primaryOf(await tableAt(by)) === by) throw new Error(`${by} is the primary still`);
    },
    { withinMs, everyMs: 50 },
  );
}

function longest(requests: readonly { sentAtMs: number; endedAtMs: number }[]): number {
  return Math.round(Math.max(0, ...requests.map((r) => r.endedAtMs - r.sentAtMs)));
}
