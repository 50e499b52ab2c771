import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { TOPICS } from '@meridian/contracts';
import { formatHlc } from '@meridian/hlc';
import { type ServiceInTest, startServiceInTest } from '@meridian/replication/testing';
import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { UserConfig } from './user.config.ts';
import { UserModule } from './user.module.ts';

let user: ServiceInTest;
beforeAll(async () => {
  user = await startServiceInTest({
    name: 'user',
    appDir: path.join(import.meta.dirname, '..'),
    Config: UserConfig,
    moduleOf: (config) => UserModule.told(config),
    postgresUrl: inject('postgresUrl'),
    brokers: inject('kafkaBrokers'),
  });
});
afterAll(() => user.stop());

it('a user of a region that runs a later version keeps here what this version does not know, through every write', async () => {
  const [[usEast], id, nowMs] = [user.others, randomUUID(), Date.now()];
  const told = (value: unknown, laterMs = 0) => ({
    value,
    hlc: formatHlc({ wallMs: nowMs + laterMs, counter: 0, region: usEast }),
  });
  const fields = {
    ...{ email: told('ada@example.com'), name: told('Ada'), country: told('GB') },
    ...{ registeredIn: told(usEast), registeredAt: told(new Date(nowMs).toISOString()) },
    // Of the later version.
    pronouns: told(['she', 'her']),
  };
  await user.publish({ topic: TOPICS.users, origin: usEast, sequence: 1, key: id, value: { id, fields } });
  const found = () => user.call('GET', `/users/${id}`);
  await eventually(async () => expect((await found()).status).toBe(200), { withinMs: 10_000 });
  expect((await found()).body).not.toHaveProperty('pronouns');

  expect((await user.call('PATCH', `/users/${id}`, { name: 'Ada L.' })).status).toBe(200);
  const state = async () =>
    (await user.database.pool.query('SELECT state FROM users WHERE id = $1', [id])).rows[0].state;
  expect(await state()).toMatchObject({ name: { value: 'Ada L.' }, pronouns: told(['she', 'her']) });

  const later = { id, fields: { pronouns: told(['they'], 1) } };
  await user.publish({ topic: TOPICS.users, origin: usEast, sequence: 2, key: id, value: later });
  await eventually(async () => expect(await state()).toMatchObject({ pronouns: told(['they'], 1) }), {
    withinMs: 10_000,
  });
  expect(await state()).toMatchObject({ name: { value: 'Ada L.' } });
});
