import { randomUUID } from 'node:crypto';
import { eventually } from '@meridian/testing';
import { beforeEach, expect, inject, it } from 'vitest';
import { ensureTopics } from './admin.ts';
import { createKafka } from './connection.ts';
import type { PartitionOffset } from './partition-offset.ts';

const kafka = createKafka({ clientId: 'kafka-test', brokers: inject('kafkaBrokers') });
let topic: string;
beforeEach(async () => {
  topic = `notes.${randomUUID()}`;
  await ensureTopics(kafka, [{ topic, partitions: 1 }]);
});

async function send(): Promise<void> {
  const producer = await kafka.producer();
  await producer.send(topic, [{ key: 'k', value: 'v' }]);
  await producer.close();
}
/** Reads one more record, by a reader that begins and ends with it; resolves with where that one began. */
async function readUndecoded(note: string): Promise<PartitionOffset | undefined> {
  const begun = Promise.withResolvers<PartitionOffset | undefined>();
  await send();
  const reader = await kafka.consumeUndecoded({
    ...{ groupId: topic, topics: [topic] },
    onBatches: async ({ committed }) => {
      begun.resolve(committed);
      return note;
    },
  });
  await eventually(() => expect(reader.health.lag()).toEqual({ [`${topic}/0`]: 0 }), { withinMs: 10_000 });
  await reader.close();
  return begun.promise;
}
async function readDecoded(): Promise<void> {
  await send();
  const reader = await kafka.consumeBatches({ groupId: topic, topics: [topic], onBatch: async () => {} });
  await eventually(() => expect(reader.health.lag()).toEqual({ [`${topic}/0`]: 0 }), { withinMs: 10_000 });
  await reader.close();
}

it('a note is kept with the position, for the next that reads undecoded', async () => {
  expect(await readUndecoded('first')).toBeUndefined();
  expect(await readUndecoded('second')).toMatchObject({ offset: '1', note: 'first' });
});

it('and not for one behind a reader of another kind, which has gone on from that position', async () => {
  await readUndecoded('first');
  await readDecoded();
  const committed = await readUndecoded('second');
  expect(committed).toMatchObject({ offset: '2' });
  expect(committed?.note).toBeUndefined();
});

it('a position can be committed with a note before anything is done that is behind it', async () => {
  await send();
  const begun = Promise.withResolvers<void>();
  const reader = await kafka.consumeUndecoded({
    ...{ groupId: topic, topics: [topic] },
    onBatches: async ({ commitBefore, signal }) => {
      await commitBefore('before');
      begun.resolve();
      // As one that dies in the middle of it.
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      throw new Error('not done');
    },
  });
  await begun.promise;
  expect(await readUndecoded('after')).toMatchObject({ offset: '0', note: 'before' });
  await reader.close();
});
