import { randomUUID } from 'node:crypto';
import { remoteTopic, TOPICS } from '@meridian/contracts';
import { createKafka } from '@meridian/kafka';
import { readOutboxState } from '@meridian/outbox';
import { eventually } from '@meridian/testing';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createNotesRegion, type NotesRegion } from './notes-region.fixture.ts';

const brokers = inject('kafkaBrokers');
let region: NotesRegion;
beforeEach(async () => {
  const name = `east-${randomUUID().slice(0, 8)}`;
  region = await createNotesRegion({
    ...{ region: name, others: [], postgresUrl: inject('postgresUrl'), brokers, partitions: 3 },
  });
});
afterEach(() => region.stop());

const write = async (ids: readonly string[]) => {
  for (const id of ids) await region.write(id, { text: `of ${id}` });
};
const published = (sequence: number) =>
  eventually(
    async () => expect(await readOutboxState(region.pool)).toEqual({ pending: 0, publishedSequence: sequence }),
    {
      withinMs: 15_000,
    },
  );
const told = async (after: number, limit?: number) =>
  (await region.writtenAfter(after, limit)).map(({ sequence, key }) => [sequence, key]);
const ids = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => `n-${first + i}`);
const numbered = (first: number, last: number) => ids(first, last).map((id, i) => [first + i, id]);

describe('what a region has written behind a sequence', () => {
  it('is told in its order, from all partitions, with its clock reading and when it was committed', async () => {
    region.start();
    const beforeMs = Date.now();
    await write(ids(1, 20));
    await published(20);
    expect(await told(0)).toEqual(numbered(1, 20));
    expect(await told(17)).toEqual(numbered(18, 20));
    expect(await told(20)).toEqual([]);
    const [last] = await region.writtenAfter(19);
    expect(last).toMatchObject({ type: 'meridian.note.written.v1', hlc: (await region.notes())['n-20']?.text?.hlc });
    expect(last?.committedAt.getTime()).toBeGreaterThanOrEqual(beforeMs);
  });

  it('holds what waits to be published, under the numbers that it will have', async () => {
    await write(ids(1, 3));
    expect(await told(1)).toEqual(numbered(2, 3));
    region.start();
    await published(3);
    expect(await told(1)).toEqual(numbered(2, 3));
  });

  it('comes a page at a time while none of it is published', async () => {
    await write(ids(1, 7));
    expect(await told(0, 3)).toEqual(numbered(1, 3));
    expect(await told(3, 3)).toEqual(numbered(4, 6));
    expect(await told(6, 3)).toEqual(numbered(7, 7));
    expect(await told(7, 3)).toEqual([]);
  });

  it('comes a page at a time, also from far behind the end of the log', async () => {
    region.start();
    // At once, so that whose number is whose is not known.
    await Promise.all(ids(1, 900).map((id) => write([id])));
    await published(900);
    const sequences = async (after: number) => (await told(after, 50)).map(([sequence]) => sequence);
    expect(await sequences(40)).toEqual(Array.from({ length: 50 }, (_, i) => 41 + i));
    expect(await sequences(890)).toEqual(Array.from({ length: 10 }, (_, i) => 891 + i));
  });

  it('is without what retention took', async () => {
    region.start();
    await write(ids(1, 9));
    await published(9);
    const topic = remoteTopic(region.region, TOPICS.users);
    const reader = createKafka({ clientId: 'test', brokers }).logReader();
    const { end } = await reader.bounds(topic, 0);
    const { records } = await reader.read(topic, 0, '0');
    reader.close();
    const gone = records.flatMap(({ key }) => key?.toString() ?? []);
    const admin = createKafka({ clientId: 'test', brokers }).admin();
    await admin.deleteRecordsBefore(topic, { 0: end });
    await admin.close();
    expect(gone).not.toEqual([]);
    expect(await told(0)).toEqual(numbered(1, 9).filter(([, id]) => !gone.includes(id as string)));
  });
});
