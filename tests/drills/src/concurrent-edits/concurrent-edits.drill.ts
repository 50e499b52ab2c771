import { randomUUID } from 'node:crypto';
import type { RegionId } from '@meridian/regions';
import { copyAggregate, heal, inEveryRegion, regions, sql, viaEdge } from '@meridian/test-harness';
import { registerPersons } from '../arrange/register-persons.ts';
import { check, type Drill, type DrillRun } from '../drill.ts';
import { convergenceOf } from '../observe/convergence-of.ts';
import { cutAllPairs } from '../observe/cut-all-pairs.ts';
import { brokenOff, outcomeOf } from '../observe/outcome-of.ts';
import { sendAtRate } from '../observe/send-at-rate.ts';
import { type Edit, judgeRegisters } from './judge-registers.ts';

/** In all, over the three regions. */
const EDITS_PER_SECOND = { quick: 60, full: 210 };
const PERSONS = 12;
const FIELDS = ['name', 'country'] as const;
const COUNTRIES = ['IE', 'US', 'SG', 'DE', 'FR', 'IN', 'BR', 'JP'];
const PARTITION_MS = { quick: 6_000, full: 30_000 };

export const concurrentEdits: Drill = {
  name: 'concurrent-edits',
  hypothesis:
    'The same fields are edited in three regions that cannot hear each other; afterwards all hold the same, and nothing acknowledged is lost.',
  fault: 'Each pair of regions is cut off (black hole), read back from the links.',
  sabotage: 'a person’s row is set back in one region once all are equal',

  async run(run: DrillRun) {
    const ids = await registerPersons(PERSONS, (i) => `Person ${i}`);
    run.say(`${PERSONS} persons are known in every region`);
    await cutAllPairs();
    const edits: Edit[] = [];
    const sending = await sendAtRate({
      perSecond: EDITS_PER_SECOND[run.scale],
      forMs: PARTITION_MS[run.scale],
      send: async (i) => void edits.push(await editOnce(run, i, ids)),
    });
    run.say(`${edits.length} edits, ${sending.perSecond} a second`);
    await heal();
    const convergence = await convergenceOf('user', 60_000);
    if (run.sabotage) await setBack(ids[0] as string);

    const held = await inEveryRegion((region) => registersOf(region, ids));
    if (run.sabotage) await copyAggregate('user', ids[0] as string, regions[0] as RegionId, regions[1] as RegionId);
    const refused = edits.filter((e) => e.outcome !== 'ok');
    const different = [...(held[regions[0] as string] ?? [])].filter(([register, value]) =>
      regions.some((region) => held[region]?.get(register) !== value),
    );
    return {
      figures: {
        'conflicting edits': `${edits.length} on ${ids.length * FIELDS.length} fields, ${sending.perSecond}/s`,
        'edits not acknowledged': String(refused.length),
        ...convergence.figures,
      },
      checks: [
        check('I1', 'every field holds the same in every region', different),
        check(
          'I2',
          'no acknowledged edit is lost but to one that may have come later',
          judgeRegisters(edits, held[regions[0] as string] ?? new Map()),
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

/** In each region by turns, so that the same field is edited in all of them at about the same time. */
async function editOnce({ random }: DrillRun, i: number, ids: readonly string[]): Promise<Edit> {
  const region = regions[i % regions.length] as RegionId;
  const id = ids[Math.floor(random() * ids.length)] as string;
  const field = FIELDS[Math.floor(random() * FIELDS.length)] as (typeof FIELDS)[number];
  const value = field === 'name' ? `Name ${i} ${randomUUID()}` : (COUNTRIES[i % COUNTRIES.length] as string);
  const startedAtMs = performance.now();
  const { outcome, why } = await viaEdge(region, `/users/${id}`, {
    method: 'PATCH',
    body: { [field]: value },
    timeoutMs: 5_000,
  }).then(outcomeOf, brokenOff);
  return { region, register: `${id}.${field}`, value, outcome, why, startedAtMs, endedAtMs: performance.now() };
}

/** Around the service, so that no answer hides a row. */
async function registersOf(region: RegionId, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await sql<{ register: string; value: string }>(
    region,
    'user',
    `SELECT id || '.' || field AS register, state #>> ARRAY[field, 'value'] AS value
     FROM users, unnest($2::text[]) AS field WHERE id = ANY($1::uuid[])`,
    [ids, FIELDS],
  );
  return new Map(rows.map(({ register, value }) => [register, value]));
}

async function setBack(id: string): Promise<void> {
  await sql(
    regions[1] as RegionId,
    'user',
    `UPDATE users SET state = jsonb_set(state, '{name,value}', '"set back by the drill"') WHERE id = $1`,
    [id],
  );
}
