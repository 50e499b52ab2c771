import { type RegionId, type RoutingTable, SERVICE_NAMES } from '@meridian/regions';
import { atService, heal, kill, partition, pause, regions, restart } from '@meridian/test-harness';
import { putOnSale } from '../arrange/put-on-sale.ts';
import { decide, tableAt } from '../control/ask-control.ts';
import { backToFirst } from '../control/back-to-first.ts';
import { knownToAll, takesWrites } from '../control/known-to-all.ts';
import { type Check, check, type Drill } from '../drill.ts';
import { measureConvergence } from '../observe/convergence-of.ts';
import { loadAverage } from '../observe/load-average.ts';
import { judgeOrdersEverywhere } from '../traffic/judge-orders-everywhere.ts';
import { missingElsewhere } from '../traffic/missing-elsewhere.ts';
import { rpoSentence } from '../traffic/missing-writes.ts';
import { ordersOf } from '../traffic/orders-of.ts';
import { startTraffic } from '../traffic/start-traffic.ts';
import { eventsAlone } from './events-alone.ts';
import { rtoOf, untilFailedOver } from './until-failed-over.ts';
import { writeUntilStopped } from './write-until-stopped.ts';

const SCALES = { quick: { perSecond: 20, beforeMs: 2_000 }, full: { perSecond: 60, beforeMs: 10_000 } };
/** Four looks a second apart, the last of which may take one; votes; the lease before, 3.5 s; half as much for the machine. */
const SERVED_WITHIN_MS = 15_000;
const TAKES_WRITES_WITHIN_MS = 15_000;
const GOES_ON_MS = 2_000;
const RENEW_EVERY_MS = 200;
const LEASE_MS = 3_000;

const [, primary] = regions as [RegionId, RegionId];
const survivors = regions.filter((region) => region !== primary);

export const autoFailover: Drill = {
  name: 'auto-failover',
  hypothesis:
    'With --auto the regions fail a lost primary over without a person, once; one that is cut off and alive has stopped taking writes before its successor takes its first.',
  fault:
    'kill -9 of every process of the primary under load; then, back again, every link between it and the other regions swallows what is sent, while clients go on writing straight to it.',
  sabotage: 'somebody tells the services of the primary that is cut off that its lease goes on',
  onDemand: 'all',

  async run({ scale, sabotage, say }) {
    const load = loadAverage();
    let isDown = false;
    try {
      const before = await automatic();
      const traffic = await startTraffic(SCALES[scale].perSecond);
      await pause(SCALES[scale].beforeMs);
      const lostAtMs = performance.now();
      isDown = true;
      await kill(primary);
      const killed = await untilFailedOver(before, survivors, lostAtMs).finally(() => pause(GOES_ON_MS));
      const requests = await traffic.stop();
      say(`killed: ${killed.successor} is the primary; ${rtoOf(killed)}`);
      const missing = await missingElsewhere(primary, requests, lostAtMs);
      await restart(primary);
      isDown = false;
      await backToFirst();
      const convergence = await measureConvergence(['order'], 60_000);
      const { lost, doubled } = await judgeOrdersEverywhere(ordersOf(requests));
      const writes = requests.filter(({ kind, sentAtMs }) => kind !== 'read' && sentAtMs >= lostAtMs);
      const refused = writes.filter(({ outcome }) => outcome !== 'ok');
      const againMs = Math.max(0, ...refused.map(({ sentAtMs }) => sentAtMs - lostAtMs));

      const cut = await cutOff(sabotage, say);
      return {
        figures: {
          'RTO, killed': rtoOf(killed),
          'RPO, killed': rpoSentence(missing, lost),
          'writes refused, killed': `${refused.length} of ${writes.length}, the last sent ${Math.round(againMs)} ms after the loss; load average ${load}`,
          ...cut.figures,
          'equal after the kill': convergence.failure ?? `after ${convergence.ms} ms`,
        },
        checks: [
          check(
            'RTO',
            `writes are served again within ${SERVED_WITHIN_MS} ms, and nobody asked for it`,
            againMs <= SERVED_WITHIN_MS && writes.some(({ servedBy }) => servedBy === killed.successor)
              ? []
              : [`the last was refused ${Math.round(againMs)} ms after the loss`],
          ),
          check('I8', 'it is one epoch', killed.table.epoch === before.epoch + 1 ? [] : [killed.table.reason]),
          check('I2', 'every acknowledged order is in every region after its return', lost),
          check('I4', 'no order is there twice', doubled),
          check('I1', 'all regions are equal after its return', convergence.failure ? [convergence.failure] : []),
          ...cut.checks,
        ],
      };
    } finally {
      await heal();
      if (isDown) await restart(primary);
      await backToFirst();
    }
  },
};

async function automatic(): Promise<RoutingTable> {
  const mode = { kind: 'active-passive', primary, automatic: true } as const;
  const table = await decide(primary, { kind: 'set-mode', mode });
  await knownToAll(table.epoch);
  await takesWrites(primary, TAKES_WRITES_WITHIN_MS);
  return table;
}

/** The second act: the primary is alive, its clients reach it, and no other region does. */
async function cutOff(
  sabotage: boolean,
  say: (line: string) => void,
): Promise<{ figures: Record<string, string>; checks: Check[] }> {
  const sku = await putOnSale('AUTO', 1);
  const before = await automatic();
  const clients = writeUntilStopped(regions, sku);
  let isOver = false;
  const renewing = sabotage ? renewLease(before, () => isOver) : undefined;
  try {
    await pause(GOES_ON_MS);
    const cutAtMs = performance.now();
    for (const other of survivors) await partition(primary, other);
    const failedOver = await untilFailedOver(before, survivors, cutAtMs);
    await pause(GOES_ON_MS);
    const knownThere = await tableAt(primary);
    const alone = await eventsAlone(primary, 'catalog', survivors);
    const writes = await clients.stop();
    say(`cut off: ${failedOver.successor} is the primary; ${rtoOf(failedOver)}`);
    const taken = (region: RegionId) => writes.filter(({ at, answer }) => at === region && answer === 'ok');
    const lastMs = Math.max(...taken(primary).map(({ endedAtMs }) => endedAtMs - cutAtMs));
    const firstMs = Math.min(...taken(failedOver.successor).map(({ endedAtMs }) => endedAtMs - cutAtMs));
    const refusals = writes.filter((w) => w.at === primary && w.endedAtMs > cutAtMs && w.answer !== 'ok');
    return {
      figures: {
        'RTO, cut off': rtoOf(failedOver),
        'RPO, cut off': `${alone.count} writes, ${alone.ms} ms: ${primary} has them until the links are whole`,
        'between the two': `${primary} took its last write ${Math.round(lastMs)} ms after the cut, ${failedOver.successor} its first ${Math.round(firstMs)} ms after it; nobody for ${Math.round(firstMs - lastMs)} ms`,
      },
      checks: [
        check(
          'I8',
          'a primary that is cut off takes its last write before its successor takes the first',
          lastMs < firstMs ? [] : [`it took one ${Math.round(lastMs - firstMs)} ms after that`],
        ),
        check('I8', 'it decides nothing meanwhile', knownThere.epoch === before.epoch ? [] : [knownThere.reason]),
        check('I8', 'it is one epoch', failedOver.table.epoch === before.epoch + 1 ? [] : [failedOver.table.reason]),
        check(
          'fault',
          'it took writes before the cut, and its clients reached it after',
          taken(primary).some(({ endedAtMs }) => endedAtMs < cutAtMs) && (sabotage || refusals.length > 0)
            ? []
            : [`${taken(primary).length} taken, ${refusals.length} refused`],
        ),
      ],
    };
  } finally {
    isOver = true;
    await clients.stop();
    await renewing;
  }
}

/** What only the control of the primary may say, and only on the word of a majority. */
async function renewLease(table: RoutingTable, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const body = { table, leaseMs: LEASE_MS, sentAtMs: Date.now() };
    const calls = SERVICE_NAMES.map((service) => atService(primary, service, '/epoch', { method: 'PUT', body }));
    await Promise.allSettled(calls);
    await pause(RENEW_EVERY_MS);
  }
}
