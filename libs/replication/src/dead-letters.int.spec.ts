import { randomUUID } from 'node:crypto';
import { dlqTopic, hlcSchema, remoteTopic, TOPICS } from '@meridian/contracts';
import { readInboxState } from '@meridian/inbox';
import { createKafka } from '@meridian/kafka';
import { eventually } from '@meridian/testing';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { anyNote, createNotesRegion, type NotesRegion } from './notes-region.fixture.ts';

const brokers = inject('kafkaBrokers');
let east: NotesRegion;
let west: NotesRegion;
beforeEach(async () => {
  const [a, b] = [`east-${randomUUID().slice(0, 8)}`, `west-${randomUUID().slice(0, 8)}`];
  const told = { postgresUrl: inject('postgresUrl'), brokers };
  east = await createNotesRegion({ region: a, others: [b], ...told });
  west = await createNotesRegion({ region: b, others: [a], ...told });
  east.start();
  west.start();
});
afterEach(() => Promise.all([east.stop(), west.stop()]));

/** The version before `color`: refuses what it does not know, and so is too old for what the other region writes. */
const register = <T extends z.ZodType>(value: T) => z.strictObject({ value, hlc: hlcSchema });
const tooOld = z.strictObject({
  id: z.string(),
  fields: z.strictObject({ text: register(z.string()).optional() }),
});

const sourceOf = ({ region }: NotesRegion) => `/${region}/notes-${region}`;
const open = () => west.deadLetters.list({ status: 'open', limit: 10 });
const stateOf = async (region: NotesRegion, source: string) =>
  (await readInboxState(region.pool)).find((state) => state.source === source);

it('I12: a message that this version cannot read holds its partition less than 5 s, lands in the dead letters once with its reason, and is replayed when the version is mended: then the regions are equal', async () => {
  west.schema = tooOld;
  await east.write('n-1', { text: 'before' });
  await east.write('n-2', { text: 'with a colour', color: 'red' });
  const poisonAtMs = performance.now();
  await east.write('n-3', { text: 'after' });
  await eventually(async () => expect(Object.keys(await west.notes())).toEqual(['n-1', 'n-3']), { withinMs: 15_000 });
  expect(performance.now() - poisonAtMs).toBeLessThan(5_000);

  const letters = await open();
  expect(letters).toMatchObject([
    {
      ...{ topic: remoteTopic(east.region, TOPICS.users), partition: 0, offset: '1', key: 'n-2', sequence: 2 },
      ...{ source: sourceOf(east), type: 'meridian.note.written.v1', attempts: 5, replayedAt: null },
    },
  ]);
  const [letter] = letters;
  if (!letter) throw new Error('there is no letter');
  expect(letter.reason).toContain('the value does not match its schema (fields: Unrecognized key: "color")');
  expect(await stateOf(west, sourceOf(east))).toMatchObject({ appliedUpTo: 1, missing: 1, openDeadLetters: 1 });

  const admin = createKafka({ clientId: 'test', brokers }).admin();
  expect(await admin.logEnd(dlqTopic(letter.topic))).toEqual({ 0: '1' });
  await admin.close();

  // As it is, it fails again, says why, and stays.
  expect(await west.deadLetters.replay([letter])).toMatchObject([{ outcome: 'failed', reason: letter.reason }]);
  expect(await open()).toMatchObject([{ offset: '1', replayFailure: { reason: letter.reason } }]);

  west.schema = anyNote;
  const replays = await Promise.all(Array.from({ length: 5 }, () => west.deadLetters.replay([letter])));
  const outcomes = replays.map(([one]) => one?.outcome);
  expect(outcomes.filter((outcome) => outcome === 'replayed')).toHaveLength(1);
  expect(outcomes.filter((one) => one === 'being-replayed' || one === 'replayed-before')).toHaveLength(4);
  expect(await west.notes()).toEqual(await east.notes());
  expect(await open()).toEqual([]);
  expect(await stateOf(west, sourceOf(east))).toMatchObject({ appliedUpTo: 3, missing: 0, openDeadLetters: 0 });
  expect(await west.deadLetters.replay([letter])).toMatchObject([{ outcome: 'replayed-before' }]);
});

it('the record of a dead letter is as it was, with the headers of its write', async () => {
  west.schema = tooOld;
  await east.write('n-1', { color: 'red' });
  const [letter] = await eventually(
    async () => {
      const found = await open();
      expect(found).toHaveLength(1);
      return found;
    },
    { withinMs: 15_000 },
  );
  const found = letter && (await west.deadLetters.find(letter));
  expect(JSON.parse(String(found?.record?.value))).toMatchObject({ id: 'n-1', fields: { color: { value: 'red' } } });
  expect(found?.record?.rawHeaders.map(([name]) => name)).toContain('ce_hlc');
  expect(found?.record?.rawHeaders.map(([name]) => name).filter((name) => name.startsWith('x-dlq'))).toEqual([]);
});

it('a letter that its topic no longer keeps is said to be gone, and stays open', async () => {
  west.schema = tooOld;
  await east.write('n-1', { color: 'red' });
  const [letter] = await eventually(
    async () => {
      const found = await open();
      expect(found).toHaveLength(1);
      return found;
    },
    { withinMs: 15_000 },
  );
  if (!letter) throw new Error('there is no letter');
  const admin = createKafka({ clientId: 'test', brokers }).admin();
  await admin.deleteRecordsBefore(dlqTopic(letter.topic), { 0: '1' });
  await admin.close();
  west.schema = anyNote;
  const nobodys = { topic: letter.topic, partition: 0, offset: '77' };
  expect(await west.deadLetters.replay([letter, nobodys])).toMatchObject([{ outcome: 'gone' }, { outcome: 'unknown' }]);
  expect(await open()).toHaveLength(1);
  expect((await west.deadLetters.find(letter))?.record).toBeUndefined();
});

it('a letter of which the event was delivered again and applied is open no more', async () => {
  west.schema = tooOld;
  await east.write('n-1', { color: 'red' });
  await eventually(async () => expect(await open()).toHaveLength(1), { withinMs: 15_000 });
  // A whole state, sent again, does not count as that event; the event itself does.
  const [letter] = await open();
  const record = letter && (await west.deadLetters.find(letter))?.record;
  if (!record) throw new Error('there is no record');
  west.schema = anyNote;
  const kafka = createKafka({ clientId: 'test', brokers });
  const producer = await kafka.producer();
  await producer.send(record.topic, [{ key: record.key, value: record.value, headers: record.rawHeaders }]);
  await producer.close();
  await eventually(async () => expect(await west.notes()).toEqual(await east.notes()), { withinMs: 10_000 });
  expect(await open()).toEqual([]);
});
