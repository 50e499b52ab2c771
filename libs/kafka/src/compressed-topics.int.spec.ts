import { randomUUID } from 'node:crypto';
import { codecOf } from '@meridian/record-batches';
import { eventually } from '@meridian/testing';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { ensureTopics } from './admin.ts';
import { createKafka } from './connection.ts';
import type { IncomingRecord } from './record.ts';
import type { LogReader, RecordProducer, RunningConsumer, UndecodedBatches } from './types.ts';

const kafka = createKafka({ clientId: 'kafka-test', brokers: inject('kafkaBrokers') });
const VALUES = Array.from({ length: 50 }, (_, n) => `${n} of fifty that are much alike`);
let topic: string;
let producer: RecordProducer;
let reader: LogReader;
const consumers: RunningConsumer[] = [];

beforeEach(async () => {
  topic = `compressed.${randomUUID()}`;
  producer = await kafka.producer();
  reader = kafka.logReader();
});
afterEach(async () => {
  reader.close();
  await Promise.all([producer.close(), ...consumers.splice(0).map((consumer) => consumer.close())]);
});

const ensure = (config: Record<string, string>) => ensureTopics(kafka, [{ topic, partitions: 1, config }]);
const send = () =>
  producer.send(
    topic,
    VALUES.map((value) => ({ key: 'k', value, partition: 0, timestampMs: 1_000, headers: { n: '1' } })),
  );

/** The codec of every batch, as they lie in the log. */
async function readCodecs(): Promise<string[]> {
  const codecs: string[] = [];
  const onBatches = async ({ batches }: UndecodedBatches) => {
    codecs.push(...batches.map(({ batch }) => codecOf(batch)));
    return undefined;
  };
  consumers.push(await kafka.consumeUndecoded({ groupId: randomUUID(), topics: [topic], onBatches }));
  return codecs;
}
const within = { withinMs: 10_000 };
/** A broker hears of a changed setting a moment after it was changed. */
const sendUntilLastIs = (codec: string, codecs: string[]) =>
  eventually(async () => {
    await send();
    expect(codecs.at(-1)).toBe(codec);
  }, within);

describe.each(['gzip', 'zstd'])('a topic of the compression %s', (codec) => {
  beforeEach(async () => {
    await ensure({ 'compression.type': codec });
    await send();
  });

  it('has what is sent uncompressed compressed by the broker', async () => {
    const codecs = await readCodecs();
    await eventually(() => expect(codecs).toEqual([codec]), within);
  });

  it('is read as any other: by a group, by a sole reader, by position and as a log', async () => {
    const [byGroup, bySole]: [IncomingRecord[], IncomingRecord[]] = [[], []];
    const of = { groupId: randomUUID(), topics: [topic] };
    const onRecord = (record: IncomingRecord) => void byGroup.push(record);
    const onBatch = async ({ records }: { records: readonly IncomingRecord[] }) => void bySole.push(...records);
    consumers.push(await kafka.consume({ ...of, onRecord }));
    consumers.push(await kafka.consumeBatches({ ...of, groupId: randomUUID(), onBatch }));
    const texts = (records: readonly IncomingRecord[]) => records.map(({ value }) => String(value));
    await eventually(() => expect([texts(byGroup), texts(bySole)]).toEqual([VALUES, VALUES]), within);
    expect(texts(await kafka.readAt(topic, [{ partition: 0, offset: '7' }]))).toEqual([VALUES[7]]);
    expect(texts((await reader.read(topic, 0, '0')).records)).toEqual(VALUES);
    expect(await reader.firstSince(topic, 0, 1_000)).toBe('0');
  });
});

describe('a topic that is there with another setting', () => {
  it('is given the one that is asked for; what lies in it stays as it is', async () => {
    await ensureTopics(kafka, [{ topic, partitions: 1 }]);
    await send();
    const codecs = await readCodecs();
    await eventually(() => expect(codecs).toEqual(['none']), within);
    await ensure({ 'compression.type': 'zstd' });
    await sendUntilLastIs('zstd', codecs);
    await ensure({ 'compression.type': 'producer' });
    await sendUntilLastIs('none', codecs);
    const asItLies = await readCodecs();
    await eventually(() => expect(asItLies).toEqual(codecs), within);
  });

  it('keeps what else it was told', async () => {
    await ensure({ 'message.timestamp.type': 'LogAppendTime' });
    await ensure({ 'compression.type': 'gzip' });
    await sendUntilLastIs('gzip', await readCodecs());
    const { records } = await reader.read(topic, 0, '0');
    // The broker's, where the records say 1,000.
    expect(records.at(-1)?.timestampMs).toBeGreaterThan(1_000);
  });
});

it('a setting that Kafka does not have is refused, for a topic that is made and for one that is there', async () => {
  await expect(ensure({ 'compression.type': 'squashed' })).rejects.toThrow();
  await ensure({});
  await expect(ensure({ 'compression.type': 'squashed' })).rejects.toThrow();
});
