import { randomUUID } from 'node:crypto';
import type { RegionId } from '@meridian/regions';
import { type Answer, heal, inEveryRegion, placeOrder, regions, sql, stockHeld } from '@meridian/test-harness';
import { putOnSale } from '../arrange/put-on-sale.ts';
import { check, type Drill } from '../drill.ts';
import { retryAfterS, untilItMayComeAgain } from '../observe/come-again.ts';
import { convergenceOf } from '../observe/convergence-of.ts';
import { cutAllPairs } from '../observe/cut-all-pairs.ts';
import { outcomeOf } from '../observe/outcome-of.ts';
import { sendAtRate } from '../observe/send-at-rate.ts';
import { lastWriterWins, type Outsold, plainCounter, type Wish } from './what-others-would-sell.ts';

const SCALES = {
  quick: { stock: 240, perSecond: 50, forMs: 8_000 },
  full: { stock: 3_000, perSecond: 120, forMs: 30_000 },
};
/** Far from equal, while demand is: the region with the least runs dry long before the others. */
const SHARES = [0.6, 0.3, 0.1];
/** A region that refuses this often in a row, with all links whole, has nothing left to sell. */
const REFUSALS_TO_END = 6;

/**
 * How long a buyer goes on who is told to come again, with the same key. Longer than the rush, in which there may be more
 * buyers than the machine can serve: who gives up before its end was not refused, and has shown nothing.
 */
const PATIENCE_MS = 45_000;

interface Buyer extends Wish {
  outcome: 'ok' | 'fail' | 'info';
  problem: string | undefined;
  /** Times that it was told to come again, or nothing. */
  putOff: number;
}

export const oversellRush: Drill = {
  name: 'oversell-rush',
  hypothesis:
    'In a rush on one article, with all regions cut off from each other, not one unit more is sold than there is; after the heal the rest is sold, wherever it lies.',
  fault: 'A partition between every pair of regions for as long as the rush lasts.',
  sabotage: 'one region is given rights that no one granted, around the service',

  async run({ scale, random, sabotage, say }) {
    const { stock, perSecond, forMs } = SCALES[scale];
    const shares = Object.fromEntries(regions.map((r, i) => [r, Math.round(stock * (SHARES[i] ?? 0))]));
    const stocked = Object.values(shares).reduce((sum, units) => sum + units, 0);
    const sku = await putOnSale('RUSH', shares);
    await cutAllPairs();
    if (sabotage) await giveRights(regions[2] as RegionId, sku, stocked);

    const buyers: Buyer[] = [];
    const rush = await sendAtRate({
      perSecond,
      forMs,
      send: async (i) => {
        const region = regions[i % regions.length] as RegionId;
        buyers.push(await buy(region, sku, 1 + Math.floor(random() * 3)));
      },
    });
    const soldInRush = unitsOf(buyers);
    say(`${buyers.length} buyers, ${rush.perSecond} a second: ${soldInRush} of ${stocked} units sold while cut off`);
    const convergence = await convergenceOf('catalog', 60_000, heal);
    const after = await sellTheRest(sku);
    await convergenceOf('catalog', 60_000);

    const held = await inEveryRegion((region) => stockHeld(region, sku));
    const reserved = Object.values(held).flatMap((h) => h.reservations);
    const sold = reserved.reduce((sum, r) => sum + r.quantity, 0);
    const acknowledged = unitsOf(buyers) + unitsOf(after);
    const refused = buyers.filter((b) => b.outcome === 'fail');
    const unsure = [...buyers, ...after].filter((b) => b.outcome === 'info');
    const others = {
      'last writer wins': lastWriterWins(buyers, stocked),
      'a plain counter': plainCounter(buyers, stocked),
    };
    return {
      figures: {
        'sold in the rush': `${soldInRush} of ${stocked} units to ${buyers.length} buyers at ${rush.perSecond}/s`,
        'refused because of the bound': `${refused.length} buyers`,
        'told to come again': `${buyers.filter((b) => b.putOff > 0).length} buyers, ${sumOf(buyers, (b) => b.putOff)} times`,
        'sold in the end': `${sold} of ${stocked} units, ${((100 * sold) / stocked).toFixed(1)} %`,
        oversold: `${Math.max(0, sold - stocked)} units`,
        ...Object.fromEntries(Object.entries(others).map(([name, o]) => [`${name} would have oversold`, wordsOf(o)])),
        ...convergence.figures,
      },
      checks: [
        check('I3', 'units sold ≤ units stocked', sold > stocked ? [`${sold} sold of ${stocked}`] : []),
        // Nothing is given back in this drill, so what is sold in the end bounds what was sold at any instant before.
        check(
          'I2',
          'every acknowledged unit is reserved',
          sold < acknowledged ? [`${acknowledged} acknowledged, ${sold} reserved`] : [],
        ),
        check(
          'I3',
          'at least 99 % of the stock is sold in the end',
          sold < 0.99 * stocked ? [`${sold} of ${stocked}`] : [],
        ),
        check(
          'I3',
          'a refusal is for lack of stock and for nothing else',
          refused.map((b) => b.problem).filter((p) => p !== 'urn:meridian:problem:insufficient-stock'),
        ),
        check(
          'I2',
          'every buyer is answered',
          unsure.map((b) => `${b.region}: ${b.problem}`),
        ),
        check(
          'fault',
          'the partition made a region refuse while others had stock',
          refused.length > 0 ? [] : ['nobody was refused'],
        ),
      ],
    };
  },
};

async function buy(region: RegionId, sku: string, quantity: number): Promise<Buyer> {
  const order = { sku, quantity, customerId: randomUUID(), key: randomUUID(), timeoutMs: 15_000 };
  const untilMs = performance.now() + PATIENCE_MS;
  for (let putOff = 0; ; putOff += 1) {
    const { againAfterS, ...heard } = await placeOrder(region, order).then(
      (answer) => ({
        outcome: outcomeOf(answer).outcome,
        problem: answer.body?.type as string | undefined,
        againAfterS: comesAgainAfterS(answer),
      }),
      (failure) => ({ outcome: 'info' as const, problem: String(failure), againAfterS: 1 }),
    );
    if (againAfterS === undefined || performance.now() > untilMs) return { region, quantity, ...heard, putOff };
    await untilItMayComeAgain(againAfterS);
  }
}

/** Undefined when the answer is final. After any other the key makes it safe to ask again, also while the first try is at work. */
function comesAgainAfterS(answer: Answer): number | undefined {
  const isOpen = answer.status >= 500 || answer.body?.type === 'urn:meridian:problem:request-in-progress';
  return isOpen ? retryAfterS(answer) : undefined;
}

/** One unit at a time in each region, until none has any more. */
async function sellTheRest(sku: string): Promise<Buyer[]> {
  const bought = await Promise.all(
    regions.map(async (region) => {
      const mine: Buyer[] = [];
      for (let refusals = 0; refusals < REFUSALS_TO_END; ) {
        const buyer = await buy(region, sku, 1);
        mine.push(buyer);
        refusals = buyer.outcome === 'ok' ? 0 : refusals + 1;
      }
      return mine;
    }),
  );
  return bought.flat();
}

function unitsOf(buyers: readonly Buyer[]): number {
  return sumOf(buyers, (b) => (b.outcome === 'ok' ? b.quantity : 0));
}

function sumOf(buyers: readonly Buyer[], of: (buyer: Buyer) => number): number {
  return buyers.reduce((sum, buyer) => sum + of(buyer), 0);
}

function wordsOf({ sold, oversold, left }: Outsold): string {
  return `${oversold} units (${sold} sold, and it would show ${left} left)`;
}

/** Told in every region alike, so that all are equal afterwards: equal, and wrong. */
async function giveRights(to: RegionId, sku: string, units: number): Promise<void> {
  for (const region of regions)
    await sql(
      region,
      'catalog',
      `UPDATE products SET version = version + 1,
              state = jsonb_set(
                state || jsonb_build_object('rights', coalesce(
                  state -> 'rights', '{"granted": {}, "moved": {}, "spent": {}, "refunded": {}}')),
                ARRAY['rights', 'granted', $2::text],
                to_jsonb(coalesce((state #>> ARRAY['rights', 'granted', $2::text])::int, 0) + $3::int))
       WHERE sku = $1`,
      [sku, to, units],
    );
}
