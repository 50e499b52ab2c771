import { randomUUID } from 'node:crypto';
import { connect, createServer, type Server } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@meridian/testing';
import { afterEach, beforeAll, expect, inject, it } from 'vitest';
import { ensureTopics } from './admin.ts';
import { CommittedPositions } from './committed-positions.ts';
import { createKafka } from './connection.ts';
import { toAddress } from './kafkajs-broker.ts';
import { LogSession, type ReaderMemory } from './log-session.ts';
import { readingUndecoded } from './undecoded-fetch.ts';

const MIB = 1024 * 1024;
const PARTITIONS = [0, 1, 2, 3];
const topic = `wide-${randomUUID()}`;
let link: Server;

/** What a broker sends of a log is in larger pieces. */
const OF_A_LOG_BYTES = 8_192;

/** A link to the broker by which answers come later by so much, and at such a rate; what is of a log later by `logMs` more. */
async function openLink(delayMs: number, bytesPerMs: number, logMs = 0): Promise<number> {
  link = createServer((near) => {
    const { host, port } = toAddress(inject('kafkaBrokers')[0] as string);
    const far = connect({ host, port });
    near.pipe(far);
    let free = 0;
    let sent = Promise.resolve();
    far.on('data', (bytes) => {
      free = Math.max(free, performance.now()) + bytes.length / bytesPerMs;
      const due = free + delayMs + (bytes.length > OF_A_LOG_BYTES ? logMs : 0);
      sent = sent.then(async () => {
        await pause(Math.max(0, due - performance.now()));
        near.write(bytes);
      });
    });
    for (const socket of [near, far])
      socket.on('error', () => undefined).on('close', () => [near, far].map((one) => one.destroy()));
  });
  await new Promise<void>((resolve) => link.listen(0, '127.0.0.1', resolve));
  return (link.address() as { port: number }).port;
}
afterEach(() => void link.close());

beforeAll(async () => {
  const kafka = createKafka({ clientId: 'wide', brokers: inject('kafkaBrokers') });
  await ensureTopics(kafka, [{ topic, partitions: PARTITIONS.length }]);
  const producer = await kafka.producer();
  const value = Buffer.alloc(100_000, 'x');
  for (let n = 0; n < 80; n += 1)
    await producer.send(
      topic,
      PARTITIONS.flatMap((partition) => [0, 1].map(() => ({ key: 'k', value, partition }))),
    );
  await producer.close();
});

/** How many times as much as usual a session reads at most while it reads so many bytes of a backlog over a link. */
async function timesOver(port: number, bytes: number): Promise<number> {
  const leader = { host: '127.0.0.1', port };
  const kafka = { clientId: 'wide', brokers: [`127.0.0.1:${port}`] };
  const settings = {
    ...{ groupId: topic, topics: [topic], fromBeginning: true },
    ...{ maxWaitMs: 500, maxBytesPerPartition: MIB, maxBytes: 4 * MIB },
  };
  const memory = {
    ...{ layout: undefined, committed: new Map(), timesAsked: 0, identity: undefined, anew: new Set<string>() },
    positions: new Map(PARTITIONS.map((partition) => [`${topic}/${partition}`, '0'])),
  } as ReaderMemory;
  memory.layout = {
    versions: undefined as never,
    brokers: 1,
    partitions: PARTITIONS.map((partition) => ({ topic, partition, leader })),
  };
  const session = new LogSession(kafka, settings, readingUndecoded, memory, new CommittedPositions(kafka, topic));
  let [read, times] = [0, 1];
  const lane = {
    ...{ hasRoom: true, untilRoom: async () => undefined },
    accept: (_items: unknown, _last: string, _end: string, accepted: number) => {
      read += accepted;
      times = Math.max(times, session.times);
      if (read >= bytes) session.close('enough was read');
    },
  };
  await session.open();
  expect(await session.read(() => lane)).toBe('enough was read');
  return times;
}

it('of a backlog behind a long and quick link more is read at a time', async () => {
  expect(await timesOver(await openLink(120, 100_000), 48 * MIB)).toBeGreaterThan(2);
});

it('over one that is as long, and slow, no more than usual', async () => {
  expect(await timesOver(await openLink(120, 1_500), 6 * MIB)).toBe(1);
});

it('a leader that is near and slow to read its log is none that is far away', async () => {
  const port = await openLink(0, 100_000, 100);
  // What says that it is near is one answer, and a busy machine may hold that up for once as well.
  await eventually(async () => expect(await timesOver(port, 14 * MIB)).toBe(1), { withinMs: 10_000 });
});
