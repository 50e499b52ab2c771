import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { eventually } from '@meridian/testing';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { readOutboxState } from './outbox-state.ts';
import { createRecordingProducer, silent } from './recording-producer.fixture.ts';
import { startOutboxRelay } from './relay.ts';
import { append, createTestDatabase, type TestDatabase } from './test-database.fixture.ts';

const soon = { withinMs: 5_000, everyMs: 5 };
let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase(inject('postgresUrl'));
});
afterEach(() => database.drop());

it('a second relay takes over within a second of a kill -9 between producing and deleting, with the same sequences', async () => {
  const script = fileURLToPath(new URL('./relay-process.fixture.ts', import.meta.url));
  const first = spawn(process.execPath, ['--conditions=source', script, database.url]);
  let printed = '';
  let complaints = '';
  first.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  first.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  const producer = createRecordingProducer();
  try {
    await append(database.pool, [{ key: 'a' }, { key: 'b' }]);
    await eventually(() => expect(printed, complaints).toBe('1 a\n2 b\n'), { withinMs: 10_000 });
    const { url: databaseUrl } = database;
    const second = await startOutboxRelay({
      databaseUrl,
      region: 'eu-west',
      service: 'order',
      producer,
      logger: silent,
    });
    try {
      await eventually(() => expect(second.status().phase).toBe('waiting'), soon);
      await append(database.pool, [{ key: 'c' }, { key: 'stuck' }]);
      await eventually(() => expect(printed).toBe('1 a\n2 b\n3 c\n4 stuck\n'), soon);
      expect((await readOutboxState(database.pool)).pending).toBe(2);
      await append(database.pool, [{ key: 'e' }]);

      const killedAtMs = performance.now();
      first.kill('SIGKILL');
      await eventually(
        () =>
          expect(producer.events.map(({ sequence, key }) => `${sequence} ${key}`)).toEqual(['3 c', '4 stuck', '5 e']),
        { withinMs: 1_000, everyMs: 5 },
      );
      console.info(`taken over ${(performance.now() - killedAtMs).toFixed(0)} ms after kill -9`);
      await eventually(async () => expect(await readOutboxState(database.pool)).toMatchObject({ pending: 0 }), soon);
    } finally {
      await second.close();
    }
  } finally {
    first.kill('SIGKILL');
  }
});
