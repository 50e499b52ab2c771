import type { RegionId } from '@meridian/regions';
import {
  type Answer,
  atService,
  copyAggregate,
  heal,
  knownEverywhere,
  placeOrder,
  regions,
  sql,
  viaEdge,
} from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import { putOnSale } from '../arrange/put-on-sale.ts';
import { check, type Drill } from '../drill.ts';
import { convergenceOf } from '../observe/convergence-of.ts';
import { cutAllPairs } from '../observe/cut-all-pairs.ts';
import { sendAtRate } from '../observe/send-at-rate.ts';

const ORDERS = { quick: 12, full: 150 };
/** Each is a payment and a cancellation at once. All of them at once would be more than a region takes on, and go to others. */
const PER_SECOND = 15;

export const paidAndCancelled: Drill = {
  name: 'paid-and-cancelled',
  hypothesis:
    'An order that is paid in one region and cancelled in another, while neither hears of the other, is refunded once, everywhere.',
  fault: 'A partition between every pair of regions, put on after the orders were placed.',
  sabotage: 'a region forgets that an order was cancelled',

  async run({ scale, sabotage, say }) {
    const [here, there] = regions as [RegionId, RegionId];
    const sku = await putOnSale('BOTH', 10_000);
    const ids: string[] = [];
    for (let i = 0; i < ORDERS[scale]; i += 1) {
      const { status, body } = await placeOrder(here, { sku });
      if (status !== 201) throw new Error(`Placing an order was answered ${status}.`);
      ids.push(body.id);
    }
    for (const id of ids) await knownEverywhere(`/orders/${id}`);
    await cutAllPairs();
    const answers: Answer[] = [];
    await sendAtRate({
      perSecond: PER_SECOND,
      forMs: (ids.length / PER_SECOND) * 1_000,
      send: async (i) => {
        const id = ids[i] as string;
        const both = [
          viaEdge(here, `/orders/${id}/pay`, { method: 'POST', body: { paymentReference: `card-${id.slice(0, 8)}` } }),
          viaEdge(there, `/orders/${id}/cancel`, { method: 'POST', body: { reason: 'the buyer changed their mind' } }),
        ];
        answers.push(...(await Promise.all(both)));
      },
    });
    const refused = answers.filter((a) => a.status !== 200).map((a) => `${a.status} ${a.body?.type}`);
    say(`${ids.length} orders were paid in ${here} and cancelled in ${there}`);
    const convergence = await convergenceOf('order', 60_000, heal);
    if (sabotage) await forget(there, ids[0] as string);
    const started = performance.now();
    const unsettled = await untilSettled(ids);
    if (sabotage) await copyAggregate('order', ids[0] as string, here, there);
    return {
      figures: {
        orders: String(ids.length),
        ...convergence.figures,
        'all refunded, as told everywhere': `${Math.round(performance.now() - started)} ms later`,
      },
      checks: [
        check('I2', 'both regions acknowledge while they are cut off', refused),
        check('I2', 'every region tells of the payment, of the cancellation and of one refund', unsettled),
      ],
    };
  },
};

/** What is not as it should be after a while; nothing when all is. */
async function untilSettled(ids: readonly string[]): Promise<string[]> {
  let wrong: string[] = [];
  await eventually(
    async () => {
      const found = await Promise.all(regions.flatMap((region) => ids.map((id) => wrongWith(region, id))));
      wrong = found.filter((w) => w !== undefined);
      if (wrong.length > 0) throw new Error(`${wrong.length} orders are not settled`);
    },
    { withinMs: 15_000, everyMs: 250 },
  ).catch(() => undefined);
  return wrong;
}

async function wrongWith(region: RegionId, id: string): Promise<string | undefined> {
  const { body } = await atService(region, 'order', `/orders/${id}`);
  if (body.status !== 'refunded' || !body.paidAt || !body.cancelledAt)
    return `${id} in ${region}: ${body.status}, paid ${body.paidAt}, cancelled ${body.cancelledAt}`;
  const history = (await atService(region, 'order', `/orders/${id}/history`)).body.history as { what: string }[];
  const refunds = history.filter((entry) => entry.what === 'refunded').length;
  return refunds === 1 ? undefined : `${id} in ${region}: ${refunds} refunds`;
}

async function forget(region: RegionId, id: string): Promise<void> {
  await sql(region, 'order', `UPDATE orders SET state = state - 'cancelled', version = version + 1 WHERE id = $1`, [
    id,
  ]);
}
