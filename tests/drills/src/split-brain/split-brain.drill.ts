import { isDeepStrictEqual } from 'node:util';
import { primaryOf, type RegionId, type RoutingTable, SERVICE_NAMES } from '@meridian/regions';
import { atService, inEveryRegion, pause, regions, sql } from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import { decide, tableAt } from '../control/ask-control.ts';
import { backToFirst } from '../control/back-to-first.ts';
import { decidedAt } from '../control/decided-at.ts';
import { forgeEpoch } from '../control/forge-epoch.ts';
import { knownToAll, takesWrites } from '../control/known-to-all.ts';
import { check, type Drill } from '../drill.ts';
import { measureConvergence } from '../observe/convergence-of.ts';
import { loadAverage } from '../observe/load-average.ts';
import { rtoSentence, TOLD_BY_THE_OPERATOR, untilServed } from '../observe/rto.ts';
import { judgeOrdersEverywhere } from '../traffic/judge-orders-everywhere.ts';
import { missingElsewhere } from '../traffic/missing-elsewhere.ts';
import { ordersOf } from '../traffic/orders-of.ts';
import { startTraffic } from '../traffic/start-traffic.ts';
import { judgeRounds } from './judge-rounds.ts';
import { promoteAtOnce, type Round } from './promote-at-once.ts';

const ROUNDS = { quick: 20, full: 100 };
/** In the last round alone: a vote is to be the cost of a round, and not a lease. */
const PER_SECOND = 20;
const SERVED_BEFORE_MS = 1_000;
const LEASE_WITHIN_MS = 8_000;
const AGREED_WITHIN_MS = 8_000;

export const splitBrain: Drill = {
  name: 'split-brain',
  hypothesis:
    'Of two operators who make two regions the primary at the same moment one wins, and the other is told who; every control and every service then goes by the same table.',
  fault:
    'Two controls are given contrary commands at once on top of the same table, again and again; one of them has to lose.',
  sabotage:
    "in the last round the loser's services are told the loser's table, as by a control to which one vote is a majority",

  async run({ scale, sabotage, say }) {
    const load = loadAverage();
    let stopTraffic: (() => Promise<unknown>) | undefined;
    try {
      const primary = regions[0] as RegionId;
      let table = await decide(primary, { kind: 'set-mode', mode: { kind: 'active-passive', primary } });
      const rounds: Round[] = [];
      const play = async () => {
        const round = await promoteAtOnce(table, rivalsOf(table));
        rounds.push(round);
        // Nobody may have been told that it won; then somebody finishes what was begun.
        table = round.winners[0] ?? (await tableAt(primary, round.epoch));
        return round;
      };
      while (rounds.length < ROUNDS[scale] - 1) await play();

      const last = primaryOf(table) as RegionId;
      await takesWrites(last, LEASE_WITHIN_MS);
      const traffic = await startTraffic(PER_SECOND);
      stopTraffic = traffic.stop;
      await pause(SERVED_BEFORE_MS);
      if (sabotage) await forgeEpoch(table, rivalsOf(table)[1], ['order']);
      const askedAtMs = performance.now();
      await play();
      const decideMs = Math.round(performance.now() - askedAtMs);
      const served = await untilServed(table, askedAtMs);
      const missing = await missingElsewhere(last, traffic.requests, askedAtMs, [served.primary]);
      const requests = await traffic.stop();
      say(
        `${rounds.length} times two promotions at once: ${rounds.filter((r) => r.winners.length === 1).length} winners`,
      );
      await knownToAll(table.epoch);
      const verdict = judgeRounds(rounds, await inEveryRegion(decidedAt));
      const strangers = await servicesNotAt(table);
      const writers = await writersOf(table);
      const convergence = await measureConvergence(['order'], 60_000);
      const { lost } = await judgeOrdersEverywhere(ordersOf(requests));
      const sortedMs = rounds.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
      return {
        figures: {
          promotions: `${rounds.length} times two at once, load average ${load}`,
          'epochs with one winner': `${rounds.filter((r) => r.winners.length === 1).length}`,
          'both answered after': `p50 ${Math.round(sortedMs[sortedMs.length >> 1] ?? 0)} ms, slowest ${Math.round(sortedMs.at(-1) ?? 0)} ms`,
          'RTO, last round': rtoSentence(TOLD_BY_THE_OPERATOR, { decideMs, ...served }, 'both were asked'),
          'RPO, last round': `${missing.orderIds.length} writes, ${missing.rpoMs} ms: what ${last} had acknowledged and ${served.primary} had not when it took writes; ${lost.length} lost`,
          won: regions.map((r) => `${r} ${rounds.filter((one) => primaryIn(one) === r).length}`).join(', '),
        },
        checks: [
          check('I8', 'each epoch has one winner', verdict.notOne),
          check('I8', 'who lost is told whose table won', verdict.untold),
          check('I8', 'no two controls know different tables of one epoch', verdict.disagreeing),
          check('I8', 'every service goes by the last table', strangers),
          check(
            'I8',
            'one region takes writes, and it is the primary',
            isDeepStrictEqual(writers, [primaryOf(table)]) ? [] : [`${writers.join(', ') || 'none'} take writes`],
          ),
          check('I1', 'all regions are equal afterwards', convergence.failure ? [convergence.failure] : []),
          check('I2', 'every order that was acknowledged before or after the last round is in every region', lost),
          check(
            'fault',
            'who was the primary before the last round had acknowledged orders',
            requests.some((r) => r.servedBy === last && r.kind === 'order' && r.outcome === 'ok') ? [] : ['none'],
          ),
          check(
            'fault',
            'in every round one of the two lost',
            rounds.filter((r) => r.losers.length !== 1).map((r) => `epoch ${r.epoch}: ${r.losers.length} lost`),
          ),
        ],
      };
    } finally {
      await stopTraffic?.();
      await backToFirst();
    }
  },
};

const primaryIn = ({ winners: [winner] }: Round) => winner && primaryOf(winner);

/** The two that are not the primary now. */
function rivalsOf(table: RoutingTable): [RegionId, RegionId] {
  const [a, b] = regions.filter((region) => region !== primaryOf(table)) as [RegionId, RegionId];
  return [a, b];
}

/** Services whose database holds another table, once all should have been told. */
async function servicesNotAt(table: RoutingTable): Promise<string[]> {
  let strangers: string[] = [];
  await eventually(
    async () => {
      const all = regions.flatMap((region) => SERVICE_NAMES.map((service) => ({ region, service })));
      const told = await Promise.all(
        all.map(({ region, service }) => sql<{ told: RoutingTable }>(region, service, 'SELECT told FROM epoch')),
      );
      strangers = all.flatMap(({ region, service }, i) => {
        const known = told[i]?.[0]?.told;
        return isDeepStrictEqual(known, table)
          ? []
          : [`${service} in ${region} goes by "${known?.reason}" of epoch ${known?.epoch}`];
      });
      if (strangers.length > 0) throw new Error(strangers.join(', '));
    },
    { withinMs: AGREED_WITHIN_MS, everyMs: 100 },
  ).catch(() => undefined);
  return strangers;
}

/** Regions of which any service takes writes, once the primary has its lease. */
async function writersOf(table: RoutingTable): Promise<RegionId[]> {
  const primary = primaryOf(table);
  const writing = async () => {
    const answers = await inEveryRegion((region) =>
      Promise.all(SERVICE_NAMES.map((service) => atService(region, service, '/epoch'))),
    );
    return regions.filter((region) => answers[region]?.some(({ body }) => body.takesWrites));
  };
  return eventually(
    async () => {
      const found = await writing();
      if (!found.includes(primary as RegionId)) throw new Error('the primary takes no writes yet');
      return found;
    },
    { withinMs: LEASE_WITHIN_MS, everyMs: 100 },
  ).catch(writing);
}
