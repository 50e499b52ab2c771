import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createKafka, ensureTopics } from '@meridian/kafka';
import type { ManagedProcess } from '@meridian/process';
import { eventually, freePort } from '@meridian/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startKafka } from './kafka.ts';
import { Link } from './link.fixture.ts';

const MIB = 1024 * 1024;
const USUAL_MIB = 2;
const TOPIC = 'backlog.v1';
const RECORDS = 12;
const RECORD_BYTES = 900 * 1024;

let directory: string;
let broker: ManagedProcess;
let link: Link;
let ports: { near: number; far: number };

/** A backlog of eleven MiB in one partition, with a listener behind a link of 120 ms there and back. */
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'meridian-wide-'));
  const [near, controller, listen, far] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const at = (port: number) => ({ host: '127.0.0.1', port });
  ports = { near, far };
  broker = await startKafka({
    ...{ name: 'kafka', dataDir: path.join(directory, 'kafka'), logFile: path.join(directory, 'kafka.log') },
    cacheDir: path.resolve(import.meta.dirname, '../../../.meridian/cache'),
    ...{ local: at(near), controller: at(controller), wan: { far: { listen: at(listen), advertised: at(far) } } },
  });
  link = await Link.open(far, listen, 60);
  const kafka = createKafka({ clientId: 'wide-reads', brokers: [`127.0.0.1:${near}`] });
  await ensureTopics(kafka, [{ topic: TOPIC, partitions: 1 }]);
  const producer = await kafka.producer();
  for (let n = 0; n < RECORDS; n += 1)
    await producer.send(TOPIC, [{ key: 'k', value: String(n).padEnd(RECORD_BYTES, '.') }]);
  await producer.close();
});
afterAll(async () => {
  link?.close();
  await broker?.stop();
  await rm(directory, { recursive: true, force: true });
});

/** Of what was handed on together the most, in MiB. */
async function mostAtATime(port: number): Promise<number> {
  const kafka = createKafka({ clientId: 'wide-reads', brokers: [`127.0.0.1:${port}`] });
  let read = 0;
  let mostBytes = 0;
  const consumer = await kafka.consumeUndecoded({
    ...{ groupId: `wide-${randomUUID()}`, topics: [TOPIC] },
    ...{ maxBytesPerPartition: USUAL_MIB * MIB, maxBytes: USUAL_MIB * MIB },
    onBatches: async ({ batches }) => {
      mostBytes = Math.max(
        mostBytes,
        batches.reduce((sum, { batch }) => sum + batch.bytes.length, 0),
      );
      read += batches.length;
      return undefined;
    },
  });
  try {
    await eventually(() => expect(read).toBe(RECORDS), { withinMs: 20_000 });
  } finally {
    await consumer.close();
  }
  return mostBytes / MIB;
}

it('of a backlog that is far away more is read at a time, up to four times as much, and of one that is near it is not', async () => {
  // A machine that has others to serve first may for once take as long as a distance would: a distance is there each time.
  const near: number[] = [];
  while (near.length < 3 && !near.some((most) => most <= USUAL_MIB)) near.push(await mostAtATime(ports.near));
  expect(Math.min(...near)).toBeLessThanOrEqual(USUAL_MIB);
  const far = await mostAtATime(ports.far);
  expect(far).toBeGreaterThan(USUAL_MIB);
  expect(far).toBeLessThanOrEqual(4 * USUAL_MIB);
});
