import type { RegionId } from '@meridian/regions';
import { regions } from '@meridian/test-harness';
import { backToFirst } from '../control/back-to-first.ts';
import { leaveMode } from '../control/leave-mode.ts';
import { check, type Drill } from '../drill.ts';
import { failedOf, summaryOf } from '../lose-region/judge-loss.ts';
import { PER_SECOND_BESIDE_STARTS as PER_SECOND } from '../lose-region/lose-region.ts';
import { measureConvergence } from '../observe/convergence-of.ts';
import { loadAverage } from '../observe/load-average.ts';
import { judgeOrdersEverywhere } from '../traffic/judge-orders-everywhere.ts';
import { ordersOf } from '../traffic/orders-of.ts';
import { startTraffic } from '../traffic/start-traffic.ts';
import { type Evacuation, evacuated, secondsSentence, sentDuring, tookMs } from './evacuation.ts';

const STAYS_MS = { quick: 2_000, full: 15_000 };

export const evacuateWarmOrCold: Drill = {
  name: 'evacuate-warm-or-cold',
  hypothesis:
    'The one region that serves leaves without a failed request, also when the services of those that take its place have to be started first; where these run in the dark already, it leaves sooner.',
  fault: `Out of pilot light, the one region that serves is evacuated under ${PER_SECOND.full} requests a second (quick ${PER_SECOND.quick}): once while the services of the others run and serve nobody, once while none of them runs.`,
  sabotage: 'the others are activated, and the region is drained, before their services run',
  onDemand: 'sabotage',

  async run({ scale, sabotage, say }) {
    const region = regions[1] as RegionId;
    const load = loadAverage();
    const traffic = await startTraffic(PER_SECOND[scale]);
    try {
      const seen: Evacuation[] = [];
      for (const capacity of sabotage ? (['cold'] as const) : (['warm', 'cold'] as const)) {
        const one = await evacuated(region, capacity, STAYS_MS[scale], sabotage);
        seen.push(one);
        say(`evacuated ${capacity}: ${secondsSentence(one)}`);
        await backToFirst();
      }
      const requests = await traffic.stop();
      const convergence = await measureConvergence(['order'], 60_000);
      const orders = ordersOf(requests);
      const { lost, doubled } = await judgeOrdersEverywhere(orders);
      const acts = seen.map((one) => ({ ...one, sent: sentDuring(one, requests) }));
      const [first, last] = [seen.at(0), seen.at(-1)] as [Evacuation, Evacuation];
      return {
        figures: {
          ...Object.fromEntries(
            acts.map((one) => [
              `evacuated ${one.capacity}`,
              `${secondsSentence(one)}; ${failedOf(one.sent).length} of ${one.sent.length} requests failed`,
            ]),
          ),
          'load average': load,
          'equal afterwards': convergence.failure ?? `after ${convergence.ms} ms`,
        },
        checks: [
          ...acts.map(({ capacity, sent, fromMs }) =>
            check(
              'RTO',
              `no request fails when it is evacuated ${capacity}`,
              summaryOf(failedOf(sent), fromMs, 'the first command'),
            ),
          ),
          check(
            'RTO',
            'it leaves sooner when the services of the others run',
            tookMs(first) > tookMs(last) ? [`${tookMs(first)} ms, and ${tookMs(last)} ms when they do not`] : [],
          ),
          check(
            'I2',
            'the others have all that it acknowledged when it is out (RPO 0)',
            seen.flatMap(({ left }) => (left && left.rpoWrites > 0 ? [`${left.rpoWrites} writes`] : [])),
          ),
          check(
            'I8',
            'it serves nobody once it is out',
            acts.flatMap(({ sent, outMs }) => sent.filter((r) => r.servedBy === region && r.sentAtMs > outMs)),
          ),
          check('I1', 'all regions are equal afterwards', convergence.failure ? [convergence.failure] : []),
          check('I2', 'every acknowledged order is in every region', lost),
          check('I4', 'no order is there twice', doubled),
          check(
            'fault',
            'the services of the others ran when it was warm, and none of them when it was cold',
            seen.flatMap(({ capacity, servicesBefore }) =>
              servicesBefore > 0 === (capacity === 'warm') ? [] : [`${capacity}: ${servicesBefore} ran`],
            ),
          ),
        ],
      };
    } finally {
      await traffic.stop();
      await leaveMode();
    }
  },
};
