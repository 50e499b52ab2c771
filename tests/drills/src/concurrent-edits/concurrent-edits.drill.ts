import { type RegionId, type ServiceName } from '@meridian/regions';
import { copyAggregate, digestsOf, heal, inEveryRegion, regions, sql } from '@meridian/test-harness';
import { putOnSale } from '../arrange/put-on-sale.ts';
import { registerPersons } from '../arrange/register-persons.ts';
import { check, type Drill, type DrillRun } from '../drill.ts';
import { measureConvergence } from '../observe/convergence-of.ts';
import { cpuByKind, cpuPerOperation } from '../observe/cpu-by-kind.ts';
import { cutAllPairs } from '../observe/cut-all-pairs.ts';
import { sendAtRate } from '../observe/send-at-rate.ts';
import { heldRemovals } from './held-removals.ts';
import { differences, heldValues } from './held-values.ts';
import { judgePrices } from './judge-prices.ts';
import { judgeRegisters } from './judge-registers.ts';
import { judgeRemovals } from './judge-removals.ts';
import { judgeTags } from './judge-tags.ts';
import { allOf, type Edited, noEdits, registerCount, sendEdit } from './send-edit.ts';

/** In all, over the three regions. */
const EDITS_PER_SECOND = { quick: 60, full: 210 };
const PARTITION_MS = { quick: 6_000, full: 30_000 };
/** Persons, and products. More in full, or the partition of the busiest would be what a heal waits for. */
const OF_EACH = { quick: 12, full: 24 };
/** Of a product that is put on sale. */
const TAGS_BEFORE = ['test'];
const EDITED: ServiceName[] = ['user', 'catalog'];
const EQUAL_WITHIN_MS = 60_000;
const WARM_UP = { windowMs: 2_000, windowsAtMost: 10 };
const [FIRST, SECOND] = regions as [RegionId, RegionId];

export const concurrentEdits: Drill = {
  name: 'concurrent-edits',
  hypothesis:
    'The same names, prices and tags are edited in three regions that cannot hear each other; afterwards all hold the same, nothing acknowledged is lost, no price is dropped, additions win, and removals that lost are told.',
  fault: 'Each pair of regions is cut off (black hole), read back from the links.',
  sabotage:
    'once all are equal, one region’s row of a person is set back, one price and one tag of a product dropped, and the ledgers forget the removals of one product',

  async run(run: DrillRun) {
    const edited = await arrange(run);
    await warmUp(run);
    await cutAllPairs();
    const edits = noEdits();
    const cpuBefore = await cpuByKind();
    const sending = await sendAtRate({
      perSecond: EDITS_PER_SECOND[run.scale],
      forMs: PARTITION_MS[run.scale],
      send: (i) => sendEdit(i, edited, edits, run.random),
    });
    const cpuAfter = await cpuByKind();
    const all = allOf(edits);
    run.say(`${all.length} edits, ${sending.perSecond} a second`);
    const convergence = await measureConvergence(EDITED, EQUAL_WITHIN_MS, heal);
    if (run.sabotage) await sabotage(edited);

    const held = await inEveryRegion((region) => heldValues(region, edited));
    const overridden = await heldRemovals(edited);
    const unequal = await unequalDigests();
    if (run.sabotage) await mend(edited);
    const refused = all.filter((e) => e.outcome !== 'ok');
    const putOff = all.filter((e) => e.putOff > 0);
    const judged = (judge: (held: Awaited<ReturnType<typeof heldValues>>) => string[]) =>
      Object.entries(held).flatMap(([region, mine]) => judge(mine).map((broken) => `${region}: ${broken}`));
    return {
      figures: {
        'conflicting edits': `${all.length} on ${registerCount(edited)} fields, ${sending.perSecond}/s`,
        'edits not acknowledged': String(refused.length),
        'told to come again': `${putOff.length} edits, ${putOff.reduce((sum, e) => sum + e.putOff, 0)} times`,
        'tags of which a removal lost': String(
          new Set(overridden.map(({ register, tag }) => `${register} ${tag}`)).size,
        ),
        ...(cpuBefore && cpuAfter ? { 'CPU per edit': cpuPerOperation(cpuBefore, cpuAfter, all.length) } : {}),
        ...convergence.figures,
      },
      checks: [
        check('I1', 'the digests of users and of products become equal', [convergence.failure ?? [], unequal].flat()),
        check('I1', 'every field holds the same in every region', differences(held)),
        check(
          'I2',
          'no acknowledged name or country is lost but to one that may have come later',
          judged(({ registers }) => judgeRegisters(edits.registers, registers)),
        ),
        check(
          'I2',
          'no price is dropped but by one that was set with it in sight, and the lowest is shown',
          judged(({ prices }) => judgePrices(edits.prices, prices)),
        ),
        check(
          'I2',
          'a tag that was added stays, whoever removed it elsewhere, and one that was removed does not come back',
          judged(({ tags }) => judgeTags(edits.tags, TAGS_BEFORE, tags)),
        ),
        check(
          'I2',
          'a removal of a tag that lost to an addition made elsewhere is in the ledger, and no removal that nobody overrode',
          judgeRemovals(edits.tags, TAGS_BEFORE, overridden),
        ),
        check(
          'I2',
          'every region acknowledges every edit while it is cut off',
          refused.map((e) => `${e.region} ${e.register}: ${e.why}`),
        ),
      ],
    };
  },
};

/**
 * Services that were started a moment ago still compile what they run, and what is too much for them then is told to come again. So
 * others are edited at the same rate until all of a window are taken at once.
 */
async function warmUp(run: DrillRun): Promise<void> {
  const edited = await arrange({ ...run, say: () => undefined });
  for (let window = 1; window <= WARM_UP.windowsAtMost; window += 1) {
    const edits = noEdits();
    await sendAtRate({
      perSecond: EDITS_PER_SECOND[run.scale],
      forMs: WARM_UP.windowMs,
      // The drill's own numbers are left as they are: how often this goes on differs.
      send: (i) => sendEdit(i, edited, edits, Math.random),
    });
    if (allOf(edits).every((e) => e.outcome === 'ok' && e.putOff === 0)) break;
  }
  await measureConvergence(EDITED, EQUAL_WITHIN_MS);
}

async function arrange(run: DrillRun): Promise<Edited> {
  const count = OF_EACH[run.scale];
  const [userIds, skus] = await Promise.all([
    registerPersons(count, (i) => `Person ${i}`),
    Promise.all(Array.from({ length: count }, () => putOnSale('EDITED', 0))),
  ]);
  run.say(`${count} persons and as many products are known in every region`);
  return { userIds, skus };
}

async function unequalDigests(): Promise<string[]> {
  const found = await Promise.all(
    EDITED.map(async (service) => {
      const byRegion = await digestsOf(service);
      const isEqual = new Set(Object.values(byRegion).map(({ digest }) => digest)).size === 1;
      return isEqual ? [] : [`${service}: ${JSON.stringify(byRegion)}`];
    }),
  );
  return found.flat();
}

async function sabotage({ userIds, skus }: Edited): Promise<void> {
  const setBack = `UPDATE users SET state = jsonb_set(state, '{name,value}', '"set back by the drill"') WHERE id = $1`;
  await sql(SECOND, 'user', setBack, [userIds[0]]);
  const drop = `UPDATE products SET state = jsonb_set(
      jsonb_set(state, '{price,values}', (state #> '{price,values}') - 0),
      '{tags,elements}', (state #> '{tags,elements}') - coalesce((
        SELECT min(tag) FROM jsonb_each(state #> '{tags,elements}') AS element (tag, held)
        WHERE held -> 'values' @> '[{"value": true}]'), ''))
    WHERE sku = ANY($1) AND jsonb_array_length(state #> '{price,values}') > 1`;
  await sql(SECOND, 'catalog', drop, [skus]);
  const forget = `DELETE FROM conflicts WHERE rule = 'add-wins' AND aggregate_id = (
    SELECT max(aggregate_id) FROM conflicts WHERE rule = 'add-wins' AND aggregate_id = ANY($1))`;
  await inEveryRegion((region) => sql(region, 'catalog', forget, [skus]));
}

/** What follows on these regions finds them equal. */
async function mend({ userIds, skus }: Edited): Promise<void> {
  await copyAggregate('user', userIds[0] as string, FIRST, SECOND);
  for (const sku of skus) await copyAggregate('catalog', sku, FIRST, SECOND);
}
