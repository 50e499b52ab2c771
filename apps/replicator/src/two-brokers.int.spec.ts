import { remoteTopic } from '@meridian/contracts';
import { ensureTopics } from '@meridian/kafka';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OWN_ENGINE_NAMES, OWN_ENGINES } from './engine/engines.ts';
import { recordsOf, silent } from './read-topic.fixture.ts';
import { TwoBrokers } from './two-brokers.fixture.ts';

const [PARTITIONS, RECORDS] = [4, 20_000];

/** One cluster of two brokers, which copies its own topics into such as are never copied: it is origin and target. */
let cluster: TwoBrokers;

describe.each(OWN_ENGINE_NAMES)(
  'by the %s engine, with a cluster of two brokers, each leading some partitions:',
  (engine) => {
    beforeAll(async () => {
      cluster = await TwoBrokers.start('pair');
    });
    afterAll(() => cluster.destroy());

    it('kill -9 of one while 20,000 records are copied loses none: its partitions are followed to the other and back', async () => {
      const topic = `led-by-two-${engine}.v1`;
      await ensureTopics(cluster.kafka, [{ topic, partitions: PARTITIONS }]);
      const { brokers } = cluster;
      const copy = OWN_ENGINES[engine]({ refreshMs: 500 }).start({
        ...{ origin: { region: 'eu-west', brokers }, target: { region: `us-east-${engine}`, brokers } },
        ...{ regions: ['us-east', 'eu-west'], logger: silent },
      });
      const producer = await cluster.kafka.producer();
      const admin = cluster.kafka.admin();
      try {
        const producing = (async () => {
          for (let n = 0; n < RECORDS; n += 500)
            await producer.send(
              topic,
              Array.from({ length: 500 }, (_, i) => ({
                ...{ key: `k${n + i}`, partition: i % PARTITIONS },
                value: `${n + i} ${'x'.repeat(1_000)}`,
              })),
            );
        })();
        await eventually(() => expect(copy.status().copiedRecords).toBeGreaterThan(3_000), { withinMs: 20_000 });
        await cluster.killSecond();
        const killedMs = performance.now();
        await producing;
        const distinct = new Set<string>();
        const numberOf = (value: Buffer | null) => String(value).split(' ', 1)[0] as string;
        const copied = await recordsOf(cluster.kafka, remoteTopic('eu-west', topic), RECORDS, (records) => {
          for (const { value } of records) distinct.add(numberOf(value));
          return distinct.size;
        });
        // What the producer has sent again around the outage is in the original twice.
        const originals = Object.values(await admin.logEnd(topic)).reduce((sum, end) => sum + Number(end), 0);
        console.info(
          `${engine}: all there ${Math.round(performance.now() - killedMs)} ms after one of two brokers was killed; ` +
            `of ${originals} records ${copied.length - originals} came twice`,
        );
        expect(distinct.size).toBe(RECORDS);
        for (const partition of Array(PARTITIONS).keys()) {
          const seen = copied.filter((one) => one.partition === partition).map(({ value }) => Number(numberOf(value)));
          const firsts = seen.filter((one, i) => seen.indexOf(one) === i);
          expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
        }
        if (engine === 'verbatim') expect(copied.length).toBe(originals);
      } finally {
        await Promise.all([producer.close(), admin.close(), copy.stop()]);
        await cluster.startSecondAgain();
      }
    });
  },
);
