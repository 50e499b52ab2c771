import { setTimeout as pause } from 'node:timers/promises';
import type { RegionId } from '@meridian/regions';
import {
  atService,
  expectConvergence,
  heal,
  inEveryRegion,
  meridianJsonWithin,
  partition,
  placeOrder,
  regions,
  registerUser,
  sql,
  TEST_PORT_OFFSET,
  toldSince,
} from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import { putOnSale } from '../arrange/put-on-sale.ts';
import { operate, type TakenStep, timesOf } from '../control/operate.ts';
import { check, type Drill } from '../drill.ts';
import { fillWithUsers } from './fill-with-users.ts';
import { sequencesKnownOf } from './sequences-known-of.ts';

const SCALES = {
  quick: { writes: 20, users: 2_000, sold: 6 },
  full: { writes: 200, users: 100_000, sold: 40 },
};

const REBUILT_WITHIN_MS = { quick: 180_000, full: 900_000 };

export const rebuildRegion: Drill = {
  name: 'rebuild-region',
  hypothesis:
    'A region loses its disk, with orders on it that no other region has. It comes back by one command with everything that the others have, serves nobody before, takes up no old number, and what is sold in the end is not one unit more than there was.',
  fault:
    'The region is cut off, sells, is killed, and its PostgreSQL and Kafka are deleted; its empty tables prove it.',
  sabotage: 'the rebuilt region is given back the rights that it wrote off, around the services',

  async run({ scale, sabotage, say }) {
    const { writes, users, sold: soldAlone } = SCALES[scale];
    const [near, lost, far] = regions as [RegionId, RegionId, RegionId];
    const sku = await putOnSale('REBUILD', soldAlone * 2);
    const stocked = soldAlone * 2 * regions.length;
    const shared = await writeEverywhere(sku, Math.min(writes, soldAlone));
    await fillWithUsers(users);
    await expectConvergence(60_000);

    for (const other of [near, far]) await partition(lost, other);
    const aloneSinceMs = performance.now();
    const lostOrders = await sell(lost, sku, soldAlone);
    const rpoMs = Math.round(performance.now() - aloneSinceMs);
    const known = await sequencesKnownOf(lost);
    const failover = await operate<{ steps: TakenStep[] }>('failover', lost);
    const beganAtMs = Date.now();
    const rebuilding = meridianJsonWithin(REBUILT_WITHIN_MS[scale], 'rebuild', lost, '--destroy', ...AT);
    const early = await whileItHears(lost, sku);
    await heal();
    const answers = watchAnswers(lost, sku);
    const report = await rebuilding;
    early.answered.push(...(await answers.stop()));
    say(`${lost} is back after ${report.seconds} s`);
    const failback = await operate<{ steps: TakenStep[] }>('failback', lost, '--hold', '1');

    if (sabotage) await giveBackWhatWasWrittenOff(lost, sku);
    const after = await sellTheRest(sku);
    await expectConvergence(60_000);
    const sold = shared.length + lostOrders.length + after.length;
    const numbers = await sequencesKnownOf(lost);
    const missing = await missingOf(lost);
    const gone = await ordersNotIn(lost, [...shared, ...after]);
    const told = await inEveryRegion((region) => toldSince(lost, region, beganAtMs));
    const user = report.services?.find((one: { service: string }) => one.service === 'user');
    return {
      figures: {
        'destroyed to equal': `${report.seconds} s, for ${report.services?.map((s: { aggregates: number; service: string }) => `${s.aggregates} ${s.service}`).join(', ')}`,
        'per 100,000 aggregates': user?.secondsPer100k ? `${user.secondsPer100k} s (users)` : 'too few to say',
        'RTO of its failover': timesOf(failover.steps),
        'failed back in': timesOf(failback.steps),
        'lost with the disk (RPO)': `${lostOrders.length} acknowledged orders of ${rpoMs} ms that no other region had`,
        'told since by it': regions.map((region) => `${told[region]?.events} events in ${region}`).join(', '),
        'sold in the end': `${sold} of ${stocked} units; the rest is written off`,
      },
      checks: [
        check(
          'I1',
          'the command ends with all regions equal',
          report.equal === true ? [] : [report.sentence ?? report.error],
        ),
        check('I2', 'every order that another region had is in the rebuilt one', gone),
        check(
          'I3',
          'no more is sold than was stocked, the lost orders included',
          sold > stocked ? [`${sold} of ${stocked}`] : [],
        ),
        check('I2', 'what its events say goes on behind what the others knew, without a gap', [
          ...Object.entries(known).flatMap(([source, before]) =>
            (numbers[source] ?? 0) >= before ? [] : [`${source}: ${before} became ${numbers[source]}`],
          ),
          ...missing,
        ]),
        check('I1', 'while it was rebuilt it answered nobody', early.answered),
        check(
          'I1',
          'it tells nobody that anything is deleted: no record of its own or copied has a key and no value',
          Object.values(told).flatMap(({ deletes }) => deletes),
        ),
        check(
          'fault',
          'it has told of what was written since, and that was looked through',
          regions.filter((region) => told[region]?.events === 0),
        ),
        check('fault', 'its database was empty', early.wasEmpty ? [] : ['it had orders when it began']),
      ],
    };
  },
};

const LOOK_EVERY_MS = 100;
const AT = ['--port-offset', String(TEST_PORT_OFFSET)];

async function writeEverywhere(sku: string, writes: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < writes; i += 1) {
    const region = regions[i % regions.length] as RegionId;
    await registerUser(region, `Rebuilt ${i}`);
    ids.push(...(await sell(region, sku, 1)));
  }
  return ids;
}

/** Ids of the orders that were placed. */
async function sell(region: RegionId, sku: string, orders: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < orders; i += 1) {
    const { status, body } = await placeOrder(region, { sku });
    if (status !== 201) throw new Error(`Placing an order in ${region} was answered ${status}: ${body?.type}`);
    ids.push(body.id);
  }
  return ids;
}

/** Cut off from the others the region cannot go on: that is when it is looked at. */
async function whileItHears(region: RegionId, sku: string): Promise<{ answered: string[]; wasEmpty: boolean }> {
  await eventually(
    async () => {
      const { body } = await atService(region, 'catalog', '/rebuild');
      if (body.phase !== 'hearing' || body.waitingFor === null) throw new Error(`it is ${body.phase}`);
    },
    { withinMs: 90_000, everyMs: 200 },
  );
  const asked = [`/products/${sku}`, `/products`, `/products/${sku}/stock`];
  const answers = await Promise.all(asked.map((path) => atService(region, 'catalog', path)));
  const answered = answers.flatMap(({ status }, i) =>
    status === 503 ? [] : [`GET ${asked[i]} was answered ${status}`],
  );
  const [row] = await sql<{ n: number }>(region, 'order', 'SELECT count(*)::int AS n FROM orders');
  return { answered, wasEmpty: row?.n === 0 };
}

/** From now on: what it answered though it had not joined yet, which is asked afterwards, as that stays so. */
function watchAnswers(region: RegionId, sku: string): { stop(): Promise<string[]> } {
  let isStopped = false;
  const watching = (async () => {
    const tooEarly: string[] = [];
    for (; !isStopped; await pause(LOOK_EVERY_MS)) {
      const { status } = await atService(region, 'catalog', `/products/${sku}`);
      if (status === 503) continue;
      const { body } = await atService(region, 'catalog', '/rebuild');
      if (body.phase !== 'joined') tooEarly.push(`while ${body.phase} it answered ${status}`);
    }
    return tooEarly;
  })();
  return {
    stop: () => {
      isStopped = true;
      return watching;
    },
  };
}

/** Everywhere: a region that still knew of it would tell the others again. */
async function giveBackWhatWasWrittenOff(lost: RegionId, sku: string): Promise<void> {
  const change = `UPDATE products SET version = version + 1, state = state #- ARRAY['rights', 'moved', $2] WHERE sku = $1`;
  for (const region of regions) await sql(region, 'catalog', change, [sku, `${lost}>written-off`]);
}

/** One at a time in each region, until none sells any more. */
async function sellTheRest(sku: string): Promise<string[]> {
  const bought = await Promise.all(
    regions.map(async (region) => {
      const ids: string[] = [];
      for (let refusals = 0, others = 0; refusals < REFUSALS_TO_END; ) {
        const { status, body } = await placeOrder(region, { sku, timeoutMs: 15_000 });
        if (status === 201) ids.push(body.id);
        if (body?.type === 'urn:meridian:problem:insufficient-stock') refusals += 1;
        else if (status === 201) refusals = 0;
        else {
          // It was not told yet that it may write again; that is no lack of stock.
          others += 1;
          if (others > OTHER_PROBLEMS_AT_MOST) throw new Error(`${region} does not sell: ${body?.type}`);
          await pause(OTHER_PROBLEM_PAUSE_MS);
        }
      }
      return ids;
    }),
  );
  return bought.flat();
}

const REFUSALS_TO_END = 4;
const OTHER_PROBLEMS_AT_MOST = 100;
const OTHER_PROBLEM_PAUSE_MS = 100;

async function ordersNotIn(region: RegionId, ids: readonly string[]): Promise<string[]> {
  const rows = await sql<{ id: string }>(region, 'order', 'SELECT id FROM orders WHERE id = ANY ($1::uuid[])', [ids]);
  const held = new Set(rows.map(({ id }) => id));
  return ids.filter((id) => !held.has(id));
}

/** Events of the region that its neighbours wait for in vain. */
async function missingOf(region: RegionId): Promise<string[]> {
  const readers = regions.flatMap((reader) =>
    (['user', 'catalog', 'order'] as const).map((service) => ({ reader, service })),
  );
  const found = await Promise.all(
    readers.map(async ({ reader, service }) => {
      const { body } = await atService(reader, service, '/inbox');
      return Object.entries(body.bySource as Record<string, { missing: number }>)
        .filter(([source, { missing }]) => source.startsWith(`/${region}/`) && missing > 0)
        .map(([source, { missing }]) => `${reader}/${service} misses ${missing} events of ${source}`);
    }),
  );
  return found.flat();
}
