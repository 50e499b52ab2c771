import { type RegionId, SERVICE_NAMES } from '@meridian/regions';
import {
  copyAggregate,
  type Digest,
  digestsOf,
  eventsApplied,
  expectConvergence,
  placeOrder,
  regions,
  registerUser,
  replayFromZero,
  sql,
  viaEdge,
} from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import { putOnSale } from '../arrange/put-on-sale.ts';
import { check, type Drill } from '../drill.ts';

const WRITES = { quick: 30, full: 600 };

export const replayFromZeroDrill: Drill = {
  name: 'replay-from-zero',
  hypothesis: 'Every event of every topic is applied a second time, with no memory of the first, and nothing changes.',
  fault:
    'In one region each service’s consumer group is forgotten and its inbox emptied; the count of events applied again proves it.',
  sabotage: 'a person’s row is changed in that region before the replay, behind the clock’s back',

  async run({ scale, sabotage, say }) {
    const target = regions[2] as RegionId;
    const person = await someOfEverything(WRITES[scale]);
    const before = await expectConvergence(60_000);
    const started = performance.now();
    const counts: { service: string; before: number; again: number }[] = [];
    for (const service of SERVICE_NAMES) {
      if (sabotage && service === 'user') await changeBehindTheClock(target, person);
      const applied = await replayFromZero(target, service);
      const again = await eventually(
        async () => {
          const now = await eventsApplied(target, service);
          if (now < applied) throw new Error(`${now} of ${applied} events of ${service} were applied again`);
          return now;
        },
        { withinMs: 120_000, everyMs: 100 },
      );
      counts.push({ service, before: applied, again });
      say(`${service}: ${again} events applied again`);
    }
    const seconds = (performance.now() - started) / 1000;
    const after = await Promise.all(SERVICE_NAMES.map((service) => digestsOf(service)));
    const changed = SERVICE_NAMES.flatMap((service, i) => {
      const digests = after[i] as Record<RegionId, Digest>;
      return regions
        .filter((region) => digests[region]?.digest !== before[service].digest)
        .map((region) => `${service} in ${region}: ${before[service].digest} became ${digests[region]?.digest}`);
    });
    if (sabotage) await copyAggregate('user', person, regions[0] as RegionId, target);
    const total = counts.reduce((sum, c) => sum + c.again, 0);
    return {
      figures: {
        'events applied again': `${total} in ${seconds.toFixed(1)} s, three restarts included`,
        aggregates: SERVICE_NAMES.map((service) => `${before[service].aggregates} ${service}`).join(', '),
      },
      checks: [
        check(
          'I7',
          'every event came again',
          counts.filter((c) => c.again < c.before || c.before === 0),
        ),
        check('I1', 'the digests of all regions are what they were', changed),
      ],
    };
  },
};

/** Orders that were paid and cancelled among them, so that the side effects of events come again, too. */
async function someOfEverything(writes: number): Promise<string> {
  const sku = await putOnSale('REPLAY', writes);
  let person = '';
  for (let i = 0; i < writes; i += 1) {
    const region = regions[i % regions.length] as RegionId;
    const registered = await registerUser(region, `Replayed ${i}`);
    if (registered.status === 201) person = registered.body.id;
    const { status, body } = await placeOrder(region, { sku });
    if (status !== 201) throw new Error(`Placing an order was answered ${status}: ${body?.type}`);
    if (i % 3 === 0) await viaEdge(region, `/orders/${body.id}/cancel`, { method: 'POST', body: { reason: 'drill' } });
  }
  return person;
}

async function changeBehindTheClock(region: RegionId, id: string): Promise<void> {
  const change = `UPDATE users SET state = jsonb_set(state, '{name,value}', '"changed by the drill"') WHERE id = $1`;
  await sql(region, 'user', change, [id]);
}
