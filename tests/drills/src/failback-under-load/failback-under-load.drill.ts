import type { RegionId } from '@meridian/regions';
import { heal, kill, pause, regions, restart } from '@meridian/test-harness';
import { eventually, latencyMs } from '@meridian/testing';
import { backToFirst } from '../control/back-to-first.ts';
import { operate, type TakenStep, timesOf } from '../control/operate.ts';
import { check, type Drill } from '../drill.ts';
import { failedOf, summaryOf } from '../lose-region/judge-loss.ts';
import { PER_SECOND } from '../lose-region/lose-region.ts';
import { type Fate, fatesSentence } from '../lose-region/missing-write-report.ts';
import { measureConvergence } from '../observe/convergence-of.ts';
import { loadAverage } from '../observe/load-average.ts';
import { stopReplicationOf } from '../observe/stop-replication-of.ts';
import { judgeOrdersEverywhere } from '../traffic/judge-orders-everywhere.ts';
import { missingElsewhere } from '../traffic/missing-elsewhere.ts';
import { ordersOf } from '../traffic/orders-of.ts';
import { startTraffic } from '../traffic/start-traffic.ts';
import { lackedWhenItServed } from './lacked-when-it-served.ts';
import { putBackByHand } from './put-back-by-hand.ts';

const SCALES = {
  quick: { beforeMs: 2_000, awayMs: 3_000, afterMs: 2_000 },
  full: { beforeMs: 10_000, awayMs: 20_000, afterMs: 15_000 },
};
/** What the region acknowledges meanwhile, no other region has. */
const ALONE_MS = 1_500;
/** As many at least; a region that is only slow has acknowledged fewer by then. */
const ORDERS_ALONE = 3;

export const failbackUnderLoad: Drill = {
  name: 'failback-under-load',
  hypothesis:
    'A region that was failed over comes back without costing a request; it serves nobody before it has what the others wrote meanwhile, and of each write that they lacked it is told what became of it.',
  fault: `A region goes on acknowledging while no replication link of it works, and is killed; it is failed over, the others go on writing, and it is started and failed back by the runbook, under ${PER_SECOND.full} requests a second (quick ${PER_SECOND.quick}).`,
  sabotage: 'somebody puts it back into traffic by hand, cut off from replication, before it is failed back',
  onDemand: 'sabotage',

  async run({ scale, sabotage, say }) {
    const { beforeMs, awayMs, afterMs } = SCALES[scale];
    const region = regions[1] as RegionId;
    const load = loadAverage();
    const traffic = await startTraffic(PER_SECOND[scale]);
    let isDown = false;
    try {
      await pause(beforeMs);
      await stopReplicationOf(region);
      const aloneFromMs = performance.now();
      await pause(ALONE_MS);
      await eventually(
        () => {
          const alone = traffic.requests.filter(
            (r) => r.kind === 'order' && r.outcome === 'ok' && r.servedBy === region,
          );
          if (alone.filter(({ sentAtMs }) => sentAtMs >= aloneFromMs).length < ORDERS_ALONE)
            throw new Error(`${region} acknowledges no orders`);
        },
        { withinMs: 15_000 },
      );
      const lostAtMs = performance.now();
      isDown = true;
      await kill(region);
      const failover = await operate<{ steps: TakenStep[] }>('failover', region);
      await pause(awayMs);
      const missing = await missingElsewhere(region, traffic.requests, lostAtMs);
      say(`${missing.orderIds.length} orders of ${missing.rpoMs} ms are in ${region} alone`);

      const returningAtMs = performance.now();
      const lacking = lackedWhenItServed(region, traffic, returningAtMs);
      // Awaited below, and not when something fails before.
      lacking.catch(() => undefined);
      if (!sabotage) await heal();
      await restart(region);
      isDown = false;
      const startedMs = performance.now() - returningAtMs;
      if (sabotage) {
        await putBackByHand(region);
        await lacking;
        await heal();
      }
      const back = await operate<{ steps: TakenStep[]; fates: Fate[] | null; seconds: number }>(
        'failback',
        region,
        '--hold',
        '1',
      );
      // A region that somebody had put back before had not failed, to the command.
      const fates = back.fates ?? [];
      const lacked = await lacking;
      say(`it is back after ${back.seconds} s: ${timesOf(back.steps)}`);
      await pause(afterMs);
      const requests = await traffic.stop();
      const convergence = await measureConvergence(['order'], 60_000);

      const orders = ordersOf(requests);
      const { lost, doubled } = await judgeOrdersEverywhere(orders);
      const during = requests.filter(({ sentAtMs }) => sentAtMs >= returningAtMs);
      const failed = failedOf(during);
      const told = fates.find(({ service }) => service === 'order')?.missing ?? 0;
      return {
        figures: {
          'requests while it comes back': `${during.length} at ${PER_SECOND[scale]}/s, ${failed.length} failed, p99 ${Math.round(latencyMs(during, 0.99))} ms; load average ${load}`,
          RTO: timesOf(failover.steps),
          RPO: `${missing.orderIds.length} orders, ${missing.rpoMs} ms; all came back with the region but ${lost.length}`,
          'missing-write report': fatesSentence(fates),
          'its processes run after': `${(startedMs / 1_000).toFixed(1)} s`,
          'failed back after': `${back.seconds.toFixed(1)} s: ${timesOf(back.steps)}`,
          'equal afterwards': convergence.failure ?? `after ${convergence.ms} ms`,
        },
        traceIds: failed.slice(0, 3).flatMap((r) => r.traceId ?? []),
        checks: [
          check('RTO', 'no request fails while it comes back', summaryOf(failed, returningAtMs, 'its start')),
          check('I2', 'it serves nobody before it has what the others acknowledged while it was away', lacked),
          check('I2', 'every acknowledged order is in every region afterwards', lost),
          check(
            'I2',
            'the report counts each write that was missing, and each has come',
            fates.every((f) => f.missing === f.arrived) && told >= missing.orderIds.length
              ? []
              : [`${missing.orderIds.length} orders were missing; the report: ${fatesSentence(fates)}`],
          ),
          check('I4', 'no order is there twice', doubled),
          check('I1', 'all regions are equal afterwards', convergence.failure ? [convergence.failure] : []),
          check(
            'fault',
            'it had acknowledged what no other region had',
            missing.orderIds.length > 0 ? [] : ['nothing was missing'],
          ),
        ],
      };
    } finally {
      await traffic.stop();
      await heal();
      if (isDown) await restart(region);
      await backToFirst();
    }
  },
};
