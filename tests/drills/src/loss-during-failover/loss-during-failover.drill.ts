import { isDeepStrictEqual } from 'node:util';
import { primaryOf, type RegionId } from '@meridian/regions';
import { inEveryRegion, regions, restart } from '@meridian/test-harness';
import { putOnSale } from '../arrange/put-on-sale.ts';
import { backToFirst } from '../control/back-to-first.ts';
import { decidedAt } from '../control/decided-at.ts';
import { check, type Drill } from '../drill.ts';
import { measureConvergence } from '../observe/convergence-of.ts';
import { loadAverage } from '../observe/load-average.ts';
import { rtoSentence, TOLD_BY_THE_OPERATOR } from '../observe/rto.ts';
import { judgeOrdersEverywhere } from '../traffic/judge-orders-everywhere.ts';
import { rpoSentence } from '../traffic/missing-writes.ts';
import { ordersOf } from '../traffic/orders-of.ts';
import { startTraffic } from '../traffic/start-traffic.ts';
import { judgeDecisions, type ToldOutcome } from './judge-decisions.ts';
import { loseSecond, type Second, type TwoLosses } from './lose-second.ts';

const SCALES = { quick: { perSecond: 20, aloneMs: 3_000 }, full: { perSecond: 60, aloneMs: 10_000 } };
/** From the question to the decision it takes some 700 ms: the second loss comes anywhere in it. */
const LOST_WITHIN_MS = 600;
/** What a control waits for another one that does not answer, and a quarter more. */
const REFUSED_WITHIN_MS = 2_500;
/** Since the second region was started: it runs, hears a majority, votes; the lease before is over by then. */
const SERVED_WITHIN_MS = 30_000;

export const lossDuringFailover: Drill = {
  name: 'loss-during-failover',
  hypothesis:
    'When a second region is lost while the primary is failed over, the one that is left decides nothing, takes no write and says so at once; when one of the lost is back, there is one winner; nothing acknowledged is lost.',
  fault:
    'kill -9 of every process of the primary, and a moment after the failover was asked for of another region: with odd seeds of the one whose vote is needed, with even ones of its named successor, in full of both by turns; the runner says that none runs.',
  sabotage:
    'the services of the region that is left are told a table that makes it the primary, as by a control to which one vote is a majority',
  onDemand: 'all',

  async run({ scale, seed, random, sabotage, say }) {
    const { perSecond, aloneMs } = SCALES[scale];
    const load = loadAverage();
    const seconds: Second[] =
      scale === 'full' ? ['acceptor', 'successor'] : [seed % 2 === 1 ? 'acceptor' : 'successor'];
    const sku = await putOnSale('SECOND-LOSS', 1);
    const traffic = await startTraffic(perSecond);
    const down = new Set<RegionId>();
    try {
      const seen: TwoLosses[] = [];
      for (const second of seconds) {
        const afterMs = Math.round(random() * LOST_WITHIN_MS);
        const one = await loseSecond({ second, afterMs, aloneMs, sku, traffic, sabotage, down });
        seen.push(one);
        say(`${second} lost ${afterMs} ms after the question: ${toldSentence(one.told[0] as ToldOutcome)}`);
        await backToFirst();
      }
      const requests = await traffic.stop();
      const convergence = await measureConvergence(['order'], 60_000);
      const orders = ordersOf(requests);
      const { lost, doubled } = await judgeOrdersEverywhere(orders);
      const verdict = judgeDecisions(
        seen.flatMap(({ told }) => told),
        await inEveryRegion(decidedAt),
      );
      const alone = seen.flatMap(({ toldAlone }) => toldAlone);
      const slowestMs = Math.max(...alone.map(tookMs));
      const taken = seen.flatMap(({ writesAlone }) => writesAlone.filter(({ answer }) => answer === 'ok'));
      const acknowledged = orders.filter(({ outcome }) => outcome === 'ok').length;
      return {
        figures: {
          ...Object.fromEntries(seen.flatMap((one) => figuresOf(one, lost))),
          'commands to the one left': `${alone.length}, refused after ${slowestMs} ms at the latest; load average ${load}`,
          'writes straight to it': `${taken.length} of ${seen.flatMap(({ writesAlone }) => writesAlone).length} taken`,
          orders: `${acknowledged} of ${orders.length} acknowledged, ${lost.length} lost`,
          'equal afterwards': convergence.failure ?? `after ${convergence.ms} ms`,
        },
        checks: [
          check('I8', 'every command is decided, or told plainly that it is not', verdict.unclear),
          check('I8', 'what was told is so in the end', verdict.untrue),
          check('I8', 'no epoch has two winners', verdict.twice),
          check('I8', 'the one that is left decides nothing', seen.flatMap(decidedAlone)),
          check(
            'I8',
            `it refuses commands as not begun, each within ${REFUSED_WITHIN_MS} ms`,
            alone.filter((one) => one.why !== 'NotBegun' || tookMs(one) > REFUSED_WITHIN_MS).map(toldSentence),
          ),
          check('I8', 'it takes no write', taken),
          check(
            'RTO',
            `with one of the lost back, the successor takes writes within ${SERVED_WITHIN_MS} ms`,
            seen.flatMap(({ after, rto: { serveMs } }) =>
              serveMs <= SERVED_WITHIN_MS && primaryOf(after) === regions[0] ? [] : [`${after.reason}: ${serveMs} ms`],
            ),
          ),
          check('I2', 'every acknowledged order is in every region afterwards', lost),
          check('I4', 'no order is there twice', doubled),
          check('I1', 'all regions are equal afterwards', convergence.failure ? [convergence.failure] : []),
          check(
            'fault',
            'the one that was left was asked, and written to',
            seen
              .filter((one) => one.toldAlone.length === 0 || one.writesAlone.length === 0)
              .map(({ second }) => second),
          ),
        ],
      };
    } finally {
      await traffic.stop();
      for (const region of down) await restart(region);
      await backToFirst();
    }
  },
};

/** What was decided when there was a majority still is its own to know; anything else is not. */
function decidedAlone({ before, told: [first], knownAlone }: TwoLosses): string[] {
  const isRight = [before, first?.table].some((table) => isDeepStrictEqual(table, knownAlone));
  return isRight ? [] : [`it knows epoch ${knownAlone.epoch}: ${knownAlone.reason}`];
}

const tookMs = ({ askedAtMs, toldAtMs }: ToldOutcome) => toldAtMs - askedAtMs;

function toldSentence(told: ToldOutcome): string {
  const said = told.table ? `epoch ${told.table.epoch}` : `${told.status ?? 'nothing'} ${told.why}`;
  return `${said} after ${tookMs(told)} ms`;
}

function figuresOf({ second, told, survivor, after, missing, noMajorityMs, rto }: TwoLosses, lost: string[]) {
  const [first] = told as [ToldOutcome];
  return [
    [`the ${second} is lost too`, `${survivor} answered ${toldSentence(first)}; in the end "${after.reason}"`],
    [
      `RTO, ${second}`,
      rtoSentence(TOLD_BY_THE_OPERATOR, rto, `the start of one that was lost, ${noMajorityMs} ms after the loss`),
    ],
    [`RPO, ${second}`, rpoSentence(missing, lost)],
  ];
}
