import { type RegionId, type RoutingTable, SERVICE_NAMES } from '@meridian/regions';
import {
  atService,
  inEveryRegion,
  judgeOrders,
  kill,
  ordersHeld,
  placeOrder,
  regions,
  restart,
  sql,
} from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import { putOnSale } from '../arrange/put-on-sale.ts';
import { askControl, decide, tableAt } from '../control/ask-control.ts';
import { backToFirst } from '../control/back-to-first.ts';
import { knownToAll, takesWrites } from '../control/known-to-all.ts';
import { check, type Drill } from '../drill.ts';
import { measureConvergence } from '../observe/convergence-of.ts';
import { loadAverage } from '../observe/load-average.ts';
import { brokenOff, outcomeOf } from '../observe/outcome-of.ts';
import { judgeFailover, type ToldOutcome } from './judge-failover.ts';

const ORDERS = { quick: 12, full: 60 };
const WRITES_WITHIN_MS = 30_000;
/** What is acknowledged has a moment to reach the others: this drill is about deciding, and not about RPO. */
const REPLICATED_WITHIN_MS = 15_000;

export const lossDuringFailover: Drill = {
  name: 'loss-during-failover',
  hypothesis:
    'When another region is lost while the primary is failed over, the epoch is decided by a majority or it is said that it cannot be; once a region is back one winner is known to all, and nothing acknowledged is lost.',
  fault:
    'kill -9 of every process of the primary, and of the region that is not to succeed it in the moment in which the failover is asked for; the runner says that none runs.',
  sabotage: 'an order that was acknowledged is removed from the databases of all regions',
  onDemand: true,

  async run({ scale, sabotage, say }) {
    const [successor, primary, other] = regions as [RegionId, RegionId, RegionId];
    const load = loadAverage();
    const sku = await putOnSale('SECOND-LOSS', 1_000);
    const down = new Set<RegionId>();
    const bringBack = async (region: RegionId) => {
      await restart(region);
      down.delete(region);
    };
    try {
      const before = await decide(primary, { kind: 'set-mode', mode: { kind: 'active-passive', primary } });
      await knownToAll(before.epoch);
      await takesWrites(primary, WRITES_WITHIN_MS);
      const orders = [];
      for (let i = 0; i < ORDERS[scale]; i += 1) orders.push(await order(sku, regions[i % 3] as RegionId));
      await replicated(orders, successor);

      down.add(primary);
      await kill(primary);
      const askedAtMs = performance.now();
      const asked = askControl(successor, { kind: 'fail', region: primary, successor }, before.epoch).then(
        ({ status, body }): ToldOutcome => ({ status, epoch: body?.table?.epoch, why: body?.reason ?? body?.type }),
        (failure: Error): ToldOutcome => ({ status: undefined, epoch: undefined, why: failure.message }),
      );
      down.add(other);
      await kill(other);
      const told = await asked;
      const toldMs = Math.round(performance.now() - askedAtMs);
      say(`the failover was answered ${told.status} ${told.why ?? `epoch ${told.epoch}`} after ${toldMs} ms`);
      const whileAlone = await order(sku, successor);

      // With one of the lost there is a majority again; what was told to be undecided is decided now.
      await bringBack(other);
      const after = await failedOver(successor, primary, before.epoch);
      await takesWrites(successor, WRITES_WITHIN_MS);
      const servedAgain = await order(sku, successor);
      await bringBack(primary);
      await knownToAll(after.epoch);
      const tables = await inEveryRegion((region) => tableAt(region, after.epoch));
      const known = await epochsKnown();
      await backToFirst();

      const all = [...orders, whileAlone, servedAgain];
      const victim = orders.find(({ outcome }) => outcome === 'ok')?.orderId;
      if (sabotage) await inEveryRegion((r) => sql(r, 'order', 'DELETE FROM orders WHERE id = $1', [victim]));
      const convergence = await measureConvergence(['order'], 60_000);
      const customers = all.map(({ customerId }) => customerId);
      const { lost, doubled } = judgeOrders(all, await inEveryRegion((r) => ordersHeld(r, customers)));
      return {
        figures: {
          'the failover was answered': `${told.status ?? 'nothing'} ${told.why ?? `epoch ${told.epoch}`} after ${toldMs} ms; load average ${load}`,
          'an order meanwhile': whileAlone.outcome === 'ok' ? 'was taken' : (whileAlone.why ?? whileAlone.outcome),
          afterwards: `epoch ${after.epoch}, ${successor} is the primary`,
          'equal afterwards': convergence.failure ?? `after ${convergence.ms} ms`,
        },
        checks: [
          check('I8', 'it is decided, or said that it is not', judgeFailover(told, Object.values(tables))),
          check('I8', 'one winner, whom all know', [
            ...unlike(tables),
            ...known.filter((k) => k.epoch !== after.epoch),
          ]),
          check('RTO', 'with a majority the successor takes writes', servedAgain.outcome === 'ok' ? [] : [servedAgain]),
          check('I1', 'all regions are equal afterwards', convergence.failure ? [convergence.failure] : []),
          check('I2', 'every acknowledged order is in every region', lost),
          check('I4', 'no order is there twice', doubled),
        ],
      };
    } finally {
      for (const region of down) await restart(region);
      await backToFirst();
    }
  },
};

async function order(sku: string, near: RegionId) {
  const customerId = crypto.randomUUID();
  const answer = await placeOrder(near, { sku, customerId, timeoutMs: 10_000 }).then(
    (a) => ({ ...outcomeOf(a), orderId: a.body?.id as string | undefined }),
    (failure) => ({ ...brokenOff(failure), orderId: undefined }),
  );
  return { customerId, ...answer };
}

async function replicated(orders: readonly { customerId: string; outcome: string }[], to: RegionId): Promise<void> {
  const acknowledged = orders.flatMap(({ customerId, outcome }) => (outcome === 'ok' ? [customerId] : []));
  await eventually(
    async () => {
      const held = await ordersHeld(to, acknowledged);
      if (held.length < acknowledged.length)
        throw new Error(`${to} has ${held.length} of ${acknowledged.length} orders`);
    },
    { withinMs: REPLICATED_WITHIN_MS },
  );
}

/** The table in which the primary is failed: decided already, or asked for again until a majority answers. */
function failedOver(successor: RegionId, primary: RegionId, beforeEpoch: number): Promise<RoutingTable> {
  return eventually(
    async () => {
      const table = await tableAt(successor);
      if (table.epoch > beforeEpoch && table.regions[primary]?.state === 'failed') return table;
      return decide(successor, { kind: 'fail', region: primary, successor });
    },
    { withinMs: WRITES_WITHIN_MS, everyMs: 200 },
  );
}

async function epochsKnown(): Promise<{ at: string; epoch: number }[]> {
  const places = regions.flatMap((region) => SERVICE_NAMES.map((service) => ({ region, service })));
  return Promise.all(
    places.map(async ({ region, service }) => {
      const { body } = await atService(region, service, '/epoch');
      return { at: `${region}/${service}`, epoch: body?.epoch };
    }),
  );
}

function unlike(tables: Record<RegionId, RoutingTable>): string[] {
  const seen = new Set(Object.values(tables).map((table) => JSON.stringify(table)));
  return seen.size === 1 ? [] : [...seen];
}
