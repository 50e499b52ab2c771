import { randomUUID } from 'node:crypto';
import { deltaFieldsOf, hlcSchema } from '@meridian/contracts';
import { eventually } from '@meridian/testing';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { createNotesRegion, type NoteDelta, type NotesRegion } from './notes-region.fixture.ts';
import { resendStates } from './resend-states.ts';
import { readDigest } from './state-digest.ts';

/** Version 1 knows a text; version 2 added a colour, an optional field. */
const v1 = z.object({ id: z.string(), fields: deltaFieldsOf({ text: z.string() }) }) as z.ZodType<NoteDelta>;
const v2 = z.object({
  id: z.string(),
  fields: deltaFieldsOf({ text: z.string(), color: z.enum(['red', 'blue']) }),
}) as z.ZodType<NoteDelta>;
/** Version 1 as a tolerant reader is usually written: what it does not know, it leaves out. */
const v1ThatForgets: z.ZodType<NoteDelta> = z.object({
  id: z.string(),
  fields: z.object({ text: z.object({ value: z.string(), hlc: hlcSchema }).optional() }),
});

let upgraded: NotesRegion;
let old: NotesRegion;
beforeEach(async () => {
  const [a, b] = [`new-${randomUUID().slice(0, 8)}`, `old-${randomUUID().slice(0, 8)}`];
  const told = { postgresUrl: inject('postgresUrl'), brokers: inject('kafkaBrokers') };
  upgraded = await createNotesRegion({ region: a, others: [b], ...told });
  old = await createNotesRegion({ region: b, others: [a], ...told });
  upgraded.schema = v2;
  upgraded.start();
  old.start();
});
afterEach(() => Promise.all([upgraded.stop(), old.stop()]));

const said = async (region: NotesRegion, id = 'n-1') =>
  Object.fromEntries(Object.entries((await region.notes())[id] ?? {}).map(([field, one]) => [field, one?.value]));
const eventuallySaid = (region: NotesRegion, note: object) =>
  eventually(async () => expect(await said(region)).toEqual(note), { withinMs: 15_000 });
const digests = () => Promise.all([upgraded, old].map(({ pool, table }) => readDigest(pool, table)));

describe('two versions side by side', () => {
  it('replicate both ways: the older one keeps the field that it does not know, also when it writes, and both are equal', async () => {
    old.schema = v1;
    await upgraded.write('n-1', { text: 'first', color: 'red' });
    await eventuallySaid(old, { text: 'first', color: 'red' });
    await old.write('n-1', { text: 'second' });
    await eventuallySaid(upgraded, { text: 'second', color: 'red' });
    // A later colour wins in the region that cannot read it, too: it is joined as the register that it is.
    await upgraded.write('n-1', { color: 'blue' });
    await eventuallySaid(old, { text: 'second', color: 'blue' });
    const [there, here] = await digests();
    expect(here).toEqual(there);
    expect(await old.deadLetters.list({ status: 'all', limit: 1 })).toEqual([]);
  });

  it('the older one tells the newer one its whole state, unknown fields included, should that one lose its own', async () => {
    old.schema = v1;
    await upgraded.write('n-1', { text: 'first', color: 'red' });
    await eventuallySaid(old, { text: 'first', color: 'red' });
    await upgraded.pool.query('DELETE FROM notes');
    await resendStates(old.pool, old.table, ['n-1'], undefined);
    await eventuallySaid(upgraded, { text: 'first', color: 'red' });
  });

  it('what a reader that leaves out the unknown would do: the field is lost there, and the upgrade does not bring it back', async () => {
    old.schema = v1ThatForgets;
    await upgraded.write('n-1', { text: 'first', color: 'red' });
    await eventuallySaid(old, { text: 'first' });
    old.schema = v2;
    await upgraded.write('n-1', { text: 'second' });
    await eventuallySaid(old, { text: 'second' });
    const [there, here] = await digests();
    expect(here?.digest).not.toBe(there?.digest);
    // Only a comparison finds it, and only a whole state mends it.
    await resendStates(upgraded.pool, upgraded.table, ['n-1'], undefined);
    await eventuallySaid(old, { text: 'second', color: 'red' });
  });

  it('a value that the older one does not allow in a field that it knows is refused there, and kept as a dead letter: that change was not additive', async () => {
    await upgraded.write('n-1', { text: 'first' });
    await eventuallySaid(old, { text: 'first' });
    old.schema = v2;
    await upgraded.write('n-1', { color: 'green' });
    await eventually(
      async () => expect(await old.deadLetters.list({ status: 'open', limit: 2 })).toMatchObject([{ sequence: 2 }]),
      { withinMs: 15_000 },
    );
    expect(await said(old)).toEqual({ text: 'first' });
  });
});
