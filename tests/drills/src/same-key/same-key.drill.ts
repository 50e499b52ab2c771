import { randomUUID } from 'node:crypto';
import type { RegionId } from '@meridian/regions';
import { heal, inEveryRegion, ordersHeld, placeOrder, regions, sql, stockHeld, viaEdge } from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import { putOnSale } from '../arrange/put-on-sale.ts';
import { check, type Drill } from '../drill.ts';
import { convergenceOf } from '../observe/convergence-of.ts';
import { cutAllPairs } from '../observe/cut-all-pairs.ts';
import { sendAtRate } from '../observe/send-at-rate.ts';

const ORDERS = { quick: 10, full: 120 };
/** Each of them is two orders and two payments, in two regions at once. */
const PER_SECOND = 12;
const UNITS_PER_ORDER = 2;

export const sameKey: Drill = {
  name: 'same-key',
  hypothesis:
    'A buyer whose retry, with the same key, reaches another region than the first try gets one order: charged once, its units taken once.',
  fault:
    'A partition between every pair of regions; the same request goes to two of them, and each accepts it and takes a payment.',
  sabotage: 'the retry is sent with another key',

  async run({ scale, sabotage, say }) {
    const [here, there] = regions as [RegionId, RegionId];
    const sku = await putOnSale('TWICE', 10_000);
    await cutAllPairs();
    const customers = Array.from({ length: ORDERS[scale] }, () => randomUUID());
    const buys: Bought[] = [];
    await sendAtRate({
      perSecond: PER_SECOND,
      forMs: (customers.length / PER_SECOND) * 1_000,
      send: async (i) => {
        const [customerId, key] = [customers[i] as string, randomUUID()];
        const retryKey = sabotage ? randomUUID() : key;
        const both = [buyAndPay(here, sku, customerId, key), buyAndPay(there, sku, customerId, retryKey)];
        buys.push(...(await Promise.all(both)));
      },
    });
    say(`${customers.length} requests were accepted and paid in two regions each`);
    const convergence = await convergenceOf('order', 60_000, heal);
    const started = performance.now();
    const taken = await untilTaken(sku, customers.length * UNITS_PER_ORDER);
    await convergenceOf('order', 60_000);

    const held = await inEveryRegion((region) => ordersHeld(region, customers));
    const notOne = regions.flatMap((region) =>
      customers
        .filter((id) => held[region]?.filter((o) => o.customerId === id).length !== 1)
        .map((id) => `${region}: customer ${id}`),
    );
    const charges = await chargesNotRefunded(buys.map((b) => b.orderId));
    return {
      figures: {
        orders: `${customers.length}, each placed and paid in two regions`,
        ...convergence.figures,
        'surplus units back': `${Math.round(performance.now() - started)} ms later`,
      },
      checks: [
        check(
          'I4',
          'both regions accept order and payment',
          buys.filter((b) => !b.accepted).map((b) => b.why),
        ),
        check('I4', 'one order per key in every region', notOne),
        check(
          'I4',
          'units are taken once',
          taken === customers.length * UNITS_PER_ORDER
            ? []
            : [`${taken} units are reserved for ${customers.length} orders of ${UNITS_PER_ORDER}`],
        ),
        check('I4', 'one charge per order stands, every other one is refunded', charges),
      ],
    };
  },
};

interface Bought {
  orderId: string;
  accepted: boolean;
  why: string;
}

async function buyAndPay(region: RegionId, sku: string, customerId: string, key: string): Promise<Bought> {
  const placed = await placeOrder(region, { sku, quantity: UNITS_PER_ORDER, customerId, key });
  const orderId = placed.body.id as string;
  const paid = await viaEdge(region, `/orders/${orderId}/pay`, {
    method: 'POST',
    body: { paymentReference: `card-of-${region}` },
  });
  const accepted = placed.status === 201 && paid.status === 200;
  return {
    orderId,
    accepted,
    why: `${region}: ${placed.status} ${placed.body.type ?? ''}, ${paid.status} ${paid.body.type ?? ''}`,
  };
}

/** Units that are reserved in all regions, once they are as many as they should be, or after a while. */
async function untilTaken(sku: string, wanted: number): Promise<number> {
  let taken = 0;
  await eventually(
    async () => {
      const held = await inEveryRegion((region) => stockHeld(region, sku));
      taken = Object.values(held)
        .flatMap((h) => h.reservations)
        .reduce((sum, r) => sum + r.quantity, 0);
      if (taken !== wanted) throw new Error(`${taken} units`);
    },
    { withinMs: 15_000, everyMs: 200 },
  ).catch(() => undefined);
  return taken;
}

/** Read from the orders' facts in one region, as all are equal: charges of an order without a refund must be one. */
async function chargesNotRefunded(ids: readonly string[]): Promise<string[]> {
  const rows = await sql<{ id: string; standing: number }>(
    regions[2] as RegionId,
    'order',
    `SELECT id, (SELECT count(*)::int FROM jsonb_object_keys(coalesce(state -> 'charges', '{}')) AS charge
                 WHERE NOT coalesce(state -> 'refunds', '{}') ? charge) AS standing
     FROM orders WHERE id = ANY($1::uuid[])`,
    [[...new Set(ids)]],
  );
  return rows.filter((row) => row.standing !== 1).map((row) => `${row.id}: ${row.standing} charges stand`);
}
