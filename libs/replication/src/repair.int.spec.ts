import { randomUUID } from 'node:crypto';
import { remoteTopic, TOPICS } from '@meridian/contracts';
import { closeGap, readInboxState } from '@meridian/inbox';
import { createKafka } from '@meridian/kafka';
import { advanceOutbox, readOutboxState } from '@meridian/outbox';
import { eventually } from '@meridian/testing';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createNotesRegion, type NotesRegion } from './notes-region.fixture.ts';
import { resendStates } from './resend-states.ts';
import { readDigest } from './state-digest.ts';

const brokers = inject('kafkaBrokers');
let east: NotesRegion;
let west: NotesRegion;
beforeEach(async () => {
  const [a, b] = [`east-${randomUUID().slice(0, 8)}`, `west-${randomUUID().slice(0, 8)}`];
  const told = { postgresUrl: inject('postgresUrl'), brokers };
  east = await createNotesRegion({ region: a, others: [b], ...told });
  west = await createNotesRegion({ region: b, others: [a], ...told });
});
afterEach(() => Promise.all([east.stop(), west.stop()]));

const sourceOf = ({ region }: NotesRegion) => `/${region}/notes-${region}`;
const stateOf = async (region: NotesRegion, source: string) =>
  (await readInboxState(region.pool)).find((state) => state.source === source);
const expectEqual = () =>
  eventually(
    async () => expect(await readDigest(west.pool, west.table)).toEqual(await readDigest(east.pool, east.table)),
    { withinMs: 15_000 },
  );
const resend = (region: NotesRegion, ids: string[]) => resendStates(region.pool, region.table, ids, undefined);
const ids = Array.from({ length: 20 }, (_, i) => `n-${i}`);

/** As Kafka's retention does, to the events of a region that nobody has copied yet. */
async function truncate({ region }: NotesRegion, before: number): Promise<void> {
  const admin = createKafka({ clientId: 'test', brokers }).admin();
  const topic = remoteTopic(region, TOPICS.users);
  await eventually(async () => expect(Number((await admin.logEnd(topic))[0])).toBeGreaterThanOrEqual(before), {
    withinMs: 10_000,
  });
  await admin.deleteRecordsBefore(topic, { 0: String(before) });
  await admin.close();
}

describe('a region that missed events which no log keeps any longer', () => {
  it('knows which, says so once in its log, and is equal after a repair, which closes the gap', async () => {
    east.start();
    for (const id of ids.slice(0, 5)) await east.write(id, { text: `of ${id}` });
    await truncate(east, 3);
    west.start();
    await eventually(async () => expect(Object.keys(await west.notes())).toEqual(['n-3', 'n-4']), { withinMs: 15_000 });
    const gap = { firstSequence: 1, lastSequence: 3 };
    expect(await stateOf(west, sourceOf(east))).toMatchObject({
      ...{ appliedUpTo: 0, appliedLast: 5, missing: 3, gaps: [{ ...gap, deadLetters: 0 }] },
    });
    const said = () => west.warnings.filter(({ msg }) => String(msg).startsWith('events are missing'));
    await eventually(() => expect(said()).toMatchObject([{ source: sourceOf(east), ...gap }]), { withinMs: 5_000 });

    expect(await resend(east, ['n-0', 'n-1', 'n-2', 'nobody'])).toBe(3);
    await expectEqual();
    // The states are here; that the events are not is still true, until who has compared says that it does not matter.
    expect(await stateOf(west, sourceOf(east))).toMatchObject({ appliedLast: 8, missing: 3 });
    expect(await closeGap(west.pool, { source: sourceOf(east), ...gap })).toBe(3);
    expect(await stateOf(west, sourceOf(east))).toMatchObject({ appliedUpTo: 8, missing: 0, gaps: [] });
    expect(said()).toHaveLength(1);
  });
});

describe('a region that lost rows', () => {
  beforeEach(async () => {
    east.start();
    west.start();
    for (const id of ids) await east.write(id, { text: `of ${id}` });
    for (const id of ids.slice(0, 5)) await west.write(id, { text: 'changed', seen: true });
    await expectEqual();
  });

  it('gets them back, whoever wrote them; nothing is deleted anywhere, and what was equal stays as it is', async () => {
    const before = await east.notes();
    const versions = async () => (await east.pool.query('SELECT xmin::text FROM notes ORDER BY id')).rows;
    const written = await versions();
    await west.pool.query('DELETE FROM notes WHERE id = ANY ($1)', [['n-1', 'n-7', 'n-8']]);
    await west.pool.query(`UPDATE notes SET state = state - 'seen' WHERE id = 'n-2'`);
    // The region that lost something may send, too: what it says adds nothing.
    await resend(west, ['n-2']);
    expect(await resend(east, ['n-1', 'n-2', 'n-7', 'n-8'])).toBe(4);
    await expectEqual();
    expect(await west.notes()).toEqual(before);
    expect(await east.notes()).toEqual(before);
    expect((await versions()).filter(({ xmin }, i) => xmin !== written[i]?.xmin)).toHaveLength(1);
  });

  it('is not changed by a repair that was not needed, however often it comes', async () => {
    const before = await west.notes();
    for (let i = 0; i < 2; i += 1) await resend(east, ids);
    await eventually(async () => expect(await stateOf(west, sourceOf(east))).toMatchObject({ appliedUpTo: 60 }), {
      withinMs: 10_000,
    });
    expect(await west.notes()).toEqual(before);
    expect(await east.notes()).toEqual(before);
  });

  it('and its whole database numbers its events behind those that others know, or they would be taken for repetitions', async () => {
    const { publishedSequence } = await readOutboxState(west.pool);
    expect(publishedSequence).toBe(5);
    const lost =
      'TRUNCATE notes, inbox, inbox_watermark, dead_letters, outbox; UPDATE outbox_position SET sequence = 0';
    await west.pool.query(lost);
    const known = (await stateOf(east, sourceOf(west)))?.appliedLast ?? 0;
    expect(await advanceOutbox(west.pool, known)).toBe(true);
    expect(await advanceOutbox(west.pool, known)).toBe(false);
    await west.write('n-new', { text: 'after the loss' });
    await eventually(async () => expect((await stateOf(east, sourceOf(west)))?.appliedLast).toBeGreaterThan(known), {
      withinMs: 10_000,
    });
    await resend(east, ids);
    await expectEqual();
    expect(Object.keys(await west.notes())).toHaveLength(21);
    expect(await stateOf(east, sourceOf(west))).toMatchObject({ missing: 0 });
  });
});
