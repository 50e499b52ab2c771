import { randomUUID } from 'node:crypto';
import type { RegionId } from '@meridian/regions';
import { heal, linksBetween, regions, startWorkload, wan } from '@meridian/test-harness';
import { putOnSale } from '../arrange/put-on-sale.ts';
import { check, type Drill } from '../drill.ts';
import { convergenceOf } from '../observe/convergence-of.ts';
import { judgeOrdersEverywhere } from '../traffic/judge-orders-everywhere.ts';

const FLAP_MS = { up: 700, down: 500 };
const FOR_MS = { quick: 8_000, full: 60_000 };
const LOOK_EVERY_MS = 50;

export const flappingLink: Drill = {
  name: 'flapping-link',
  hypothesis:
    'A link that comes and goes, faster than a reconnect takes, loses and doubles no order and leaves all regions equal.',
  fault: `The links of one pair are down ${FLAP_MS.down} ms of every ${FLAP_MS.up + FLAP_MS.down} ms; each change is seen on the links.`,
  sabotage: 'an order that was never placed is claimed to be acknowledged',

  async run({ scale, sabotage, say }) {
    const [a, b] = regions as [RegionId, RegionId];
    const sku = await putOnSale('FLAP', 100_000);
    const workload = startWorkload({ regions, sku, clients: 2, everyMs: 100, patienceMs: 15_000 });
    await wan('/faults', {
      method: 'POST',
      body: { kind: 'flap', regions: [a, b], upMs: FLAP_MS.up, downMs: FLAP_MS.down },
    });
    const changes = await countChanges(a, b, FOR_MS[scale]);
    say(`the links went down or came up ${changes} times`);
    const orders: Awaited<ReturnType<typeof workload.stop>> = [];
    const convergence = await convergenceOf('order', 60_000, async () => {
      await heal();
      orders.push(...(await workload.stop()));
    });
    if (sabotage)
      orders.push({ ...(orders[0] as (typeof orders)[number]), customerId: randomUUID(), orderId: randomUUID() });

    const { lost, doubled } = await judgeOrdersEverywhere(orders);
    const slowestMs = Math.round(Math.max(...orders.map((o) => o.endedAtMs - o.startedAtMs)));
    return {
      figures: {
        'changes of the links': String(changes),
        orders: `${orders.length}, slowest ${slowestMs} ms`,
        ...convergence.figures,
      },
      checks: [
        check('I2', 'every acknowledged order is in every region', lost),
        check('I4', 'no order is there twice', doubled),
        check(
          'I2',
          'every order is acknowledged while the link flaps',
          orders.filter((o) => o.outcome !== 'ok'),
        ),
        check('fault', 'the links went down and up', changes >= 4 ? [] : [`${changes} changes were seen`]),
      ],
    };
  },
};

async function countChanges(a: RegionId, b: RegionId, forMs: number): Promise<number> {
  const until = performance.now() + forMs;
  let changes = 0;
  let wasDown = false;
  while (performance.now() < until) {
    const isDown = (await linksBetween(a, b)).some((l) => l.fault !== null);
    if (isDown !== wasDown) changes += 1;
    wasDown = isDown;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return changes;
}
