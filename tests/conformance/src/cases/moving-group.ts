import { remoteTopic } from '@meridian/contracts';
import type { IncomingRecord } from '@meridian/kafka';
import { type ConformanceCase, mustBe } from '../conformance-case.ts';
import { AFTER_A_KILL_MS, type Mesh } from '../mesh.ts';

const TOPIC = 'moved.v1';
const GROUP = 'conformance.moved';
const [FROM, TO] = ['us-east', 'eu-west'] as const;
const PER_REGION = 2_000;

/** What the topic of a region is called in the cluster of another, or in its own. */
const nameIn = (region: string, origin: string) => (origin === region ? TOPIC : remoteTopic(origin, TOPIC));
const distinct = (records: IncomingRecord[]) => new Set(records.map(({ value }) => String(value)));

async function fill(mesh: Mesh, region: string): Promise<void> {
  for (let sent = 0; sent < PER_REGION; sent += 250)
    await mesh.send(
      region,
      TOPIC,
      Array.from({ length: 250 }, (_, i) => ({
        ...{ key: `key-${i % 20}`, value: `${region}-${sent + i}` },
        headers: { ce_id: `${region}-${sent + i}` },
      })),
    );
}

/** How many records of the copies in a region are there more than once. */
async function repeatedIn(mesh: Mesh, region: string): Promise<number> {
  const origins = mesh.regions.filter((other) => other !== region);
  const copies = await Promise.all(
    origins.map((origin) =>
      mesh.copied([origin, region], TOPIC, (records) => distinct(records).size >= PER_REGION, AFTER_A_KILL_MS),
    ),
  );
  return copies.reduce((sum, records) => sum + records.length - distinct(records).size, 0);
}

export const movingGroup: ConformanceCase[] = [
  {
    name: 'offset-translation',
    promise:
      'A consumer group that moves to another region with `offsets translate --apply` skips nothing, and reads again no more than was copied more than once; originals, copies and the copies of a third region',
    run: async (mesh) => {
      for (const region of mesh.regions) await mesh.makeTopic(region, TOPIC, 2);
      const filling = Promise.all(mesh.regions.map((region) => fill(mesh, region)));
      // So that offsets differ: what was on the way is copied twice.
      await mesh.copied([FROM, TO], TOPIC, (records) => records.length >= PER_REGION / 4);
      await mesh.killReplicator(TO);
      await mesh.startReplicator(TO);
      await filling;
      const repeated = (await repeatedIn(mesh, FROM)) + (await repeatedIn(mesh, TO));

      const topicsIn = (region: string) => mesh.regions.map((origin) => nameIn(region, origin));
      const before = await mesh.readAs(GROUP, FROM, topicsIn(FROM), (seen) => seen.length >= PER_REGION);
      const read = new Set(before);
      const positions = await mesh.translateOffsets({ group: GROUP, from: FROM, to: TO });
      mustBe(positions >= mesh.regions.length, `only ${positions} positions were translated`);
      const all = mesh.regions.length * PER_REGION;
      const after = await mesh.readAs(GROUP, TO, topicsIn(TO), (seen) => new Set([...before, ...seen]).size >= all);
      const again = new Set(after.filter((value) => read.has(value))).size;
      mustBe(again <= repeated, `${again} records were read again, and ${repeated} were copied more than once`);
      return `none of ${all} skipped, ${again} read again of ${repeated} that were copied twice`;
    },
  },
];
