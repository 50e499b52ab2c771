import { createKafka, ensureTopics, type RecordProducer } from '@meridian/kafka';
import { createTestDatabase, eventually, type TestDatabase } from '@meridian/testing';
import type { Benchmark, BenchRun, Figure } from '../benchmark.ts';
import { openLoop } from '../open-loop.ts';
import { inTurn } from '../rounds.ts';
import { Started, startBroker, startDatabaseServer } from '../servers.ts';
import { quantile, ratios } from '../statistics.ts';
import { OUTBOX_CONTESTANTS, type OutboxContestant, PAYLOAD } from './contestants.ts';
import { writeSlowly } from './slow-writers.ts';

const SCALES = {
  quick: { slowRows: 800, backlog: 5_000, drainForMs: 1_000, pacedMs: 1_000 },
  full: { slowRows: 20_000, backlog: 50_000, drainForMs: 5_000, pacedMs: 10_000 },
};
const COMMITS_PER_SECOND = 200;
const PARTITIONS = 6;

const RELAY = 'relay';
const NAIVE = 'naive poller';
const LIBRARY = 'pg-transactional-outbox';

const LEAST_BESIDE_A_SEND = `${RELAY}, least commit → Kafka ÷ least send without a database`;

interface Sample {
  lost: number;
  p50Ms: number;
  p99Ms: number;
  perSecond: number;
  leastMs: number;
  /** Without a database: of as many sends at the same rate, half of them before the commits and half after. */
  leastSendMs: number;
}

export const outboxRelay: Benchmark = {
  name: 'outbox-relay',
  measures: `From a commit in PostgreSQL to the acknowledgement of Kafka: rows lost when 8 writers hold their transactions open for up to 200 ms, milliseconds at ${COMMITS_PER_SECOND} commits/s in an open loop, and rows/s out of a backlog.`,
  peers: [
    `\`${NAIVE}\`: asks every 5 ms for all that comes after the greatest id that it has seen`,
    `\`${LIBRARY}\` 0.5.7: its polling listener, every 5 ms, 50 messages at a time in any order`,
  ],
  limit: {
    figure: LEAST_BESIDE_A_SEND,
    atLeast: 1,
    why: 'the relay sends as well, and the commit comes before it',
  },
  goals: [
    { figure: `${RELAY}, rows lost`, atMost: 0 },
    { figure: `${NAIVE}, rows lost`, atLeast: 1, why: 'or the load does not show what it is for' },
    { figure: `${RELAY}, commit → Kafka p99`, atMost: 100 },
    { figure: `${RELAY} ÷ ${LIBRARY}, rows/s`, atLeast: 0.8 },
  ],
  was: 'In libs/outbox, without Kafka: 0 of 100,000 rows lost, the naive poller lost thousands; the rest was not measured.',
  on: 'alone',

  async run({ scale, rounds, scratch, say }: BenchRun) {
    const started = new Started();
    try {
      const postgresUrl = await startDatabaseServer(started, scratch);
      const brokers = await startBroker(started, scratch);
      const kafka = createKafka({ clientId: 'bench', brokers });
      const topics = OUTBOX_CONTESTANTS.map(({ topic }) => ({ topic, partitions: PARTITIONS }));
      await ensureTopics(kafka, topics);
      const producer = await kafka.producer();
      started.add({ stop: () => producer.close() });
      const names = OUTBOX_CONTESTANTS.map(({ name }) => name);
      const samples = await inTurn(names, rounds, async (name, round) => {
        const contestant = OUTBOX_CONTESTANTS.find((one) => one.name === name) as OutboxContestant;
        const sample = await measure(contestant, { postgresUrl, producer, scale, round });
        say(
          `${name}: ${sample.lost} rows lost, p99 ${sample.p99Ms.toFixed(1)} ms, ${sample.perSecond.toFixed(0)} rows/s`,
        );
        return sample;
      });
      return { figures: figuresOf(samples) };
    } finally {
      await started.stopAll();
    }
  },
};

interface Stage {
  postgresUrl: string;
  producer: RecordProducer;
  scale: BenchRun['scale'];
  round: number;
}

async function measure(contestant: OutboxContestant, { postgresUrl, producer, scale, round }: Stage): Promise<Sample> {
  const { slowRows, pacedMs } = SCALES[scale];
  const work = <T>(on: (database: TestDatabase, start: () => Promise<Map<number, number>>) => Promise<T>) =>
    withContestant(contestant, postgresUrl, producer, on);

  const lost = await work(async (database, start) => {
    const acknowledged = await start();
    const committed = await writeSlowly(contestant, database.url, slowRows, round + 1);
    const missing = () => [...committed].filter((n) => !acknowledged.has(n)).length;
    await eventually(
      () => {
        if (missing() > 0) throw new Error(`${missing()} rows are missing`);
      },
      { withinMs: contestant.settledWithinMs, everyMs: 100 },
    ).catch(() => undefined);
    return missing();
  });

  const sendsMs: number[] = [];
  const sendHalf = async () => {
    // The others are not held against it.
    if (contestant.name === RELAY) sendsMs.push(...(await sendAlone(producer, contestant.topic, pacedMs / 2)));
  };
  await sendHalf();
  const latenciesMs = await work(async (database, start) => {
    const acknowledged = await start();
    const askedAtMs = new Map<number, number>();
    await openLoop({
      ...{ perSecond: COMMITS_PER_SECOND, forMs: pacedMs },
      send: async (i) => {
        const client = await database.pool.connect();
        try {
          askedAtMs.set(i + 1, performance.now());
          await contestant.append(client, i + 1, 1);
        } finally {
          client.release();
        }
      },
    });
    await waitFor(() => acknowledged.size >= askedAtMs.size, contestant.settledWithinMs);
    return [...askedAtMs].flatMap(([n, sentAtMs]) => {
      const atMs = acknowledged.get(n);
      return atMs === undefined ? [] : [atMs - sentAtMs];
    });
  });
  await sendHalf();

  const perSecond = await work((database, start) => drain(contestant, database, start, SCALES[scale]));
  const [p50Ms, p99Ms] = [quantile(latenciesMs, 0.5), quantile(latenciesMs, 0.99)];
  return { lost, p50Ms, p99Ms, perSecond, leastMs: Math.min(...latenciesMs), leastSendMs: Math.min(...sendsMs) };
}

/** Rows per second out of what had piled up before it began; of the first seconds, if it takes longer. */
async function drain(
  { append }: OutboxContestant,
  database: TestDatabase,
  start: () => Promise<Map<number, number>>,
  { backlog, drainForMs }: { backlog: number; drainForMs: number },
): Promise<number> {
  const CHUNK = 500;
  const client = await database.pool.connect();
  try {
    for (let first = 1; first <= backlog; first += CHUNK) await append(client, first, CHUNK);
    await client.query('ANALYZE outbox');
  } finally {
    client.release();
  }
  const beganMs = performance.now();
  const acknowledged = await start();
  await waitFor(() => acknowledged.size >= backlog, drainForMs);
  const lastAtMs = Math.max(...[...acknowledged.values()].slice(-1), beganMs + 1);
  return (acknowledged.size * 1_000) / (lastAtMs - beganMs);
}

/** On a database of its own, that nobody has worked on before. `start` returns when each row was acknowledged, as they come. */
async function withContestant<T>(
  contestant: OutboxContestant,
  postgresUrl: string,
  producer: RecordProducer,
  work: (database: TestDatabase, start: () => Promise<Map<number, number>>) => Promise<T>,
): Promise<T> {
  const started = new Started();
  const database = await createTestDatabase(postgresUrl, contestant.ddl);
  started.add({
    async stop() {
      await untilAlone(database);
      await database.drop();
    },
  });
  try {
    return await work(database, async () => {
      const atMs = new Map<number, number>();
      const acknowledged = (rows: number[]) => {
        for (const n of rows) if (!atMs.has(n)) atMs.set(n, performance.now());
      };
      started.add(await contestant.start({ databaseUrl: database.url, producer, acknowledged }));
      return atMs;
    });
  } finally {
    await started.stopAll();
  }
}

/** The library has said that it stopped before its last connections have ended, and takes it ill when they are ended. */
function untilAlone({ pool }: TestDatabase): Promise<void> {
  const others = 'SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()';
  return eventually(
    async () => {
      const { rowCount } = await pool.query(others);
      if ((rowCount ?? 0) > pool.totalCount - 1) throw new Error(`${rowCount} sessions are still there`);
    },
    { withinMs: 5_000 },
  ).catch(() => undefined);
}

/**
 * What a send takes that no database is behind: as long a record, at the same rate, counted from when it is sent, as a commit
 * is. The first sends of a producer look topics up and are not compiled yet, and 20 of those were once as slow as the relay
 * is in all. These come when it has sent thousands, and are so many that the least of them is one that nothing held up.
 */
async function sendAlone(producer: RecordProducer, topic: string, forMs: number): Promise<number[]> {
  const value = JSON.stringify({ n: 0, ...PAYLOAD });
  const tookMs: number[] = [];
  await openLoop({
    ...{ perSecond: COMMITS_PER_SECOND, forMs },
    send: async (i) => {
      const sentMs = performance.now();
      await producer.send(topic, [{ key: `k-${i % 100}`, value }]);
      tookMs.push(performance.now() - sentMs);
    },
  });
  return tookMs;
}

/** Not an assertion: what is not there in time is a figure. */
async function waitFor(isSo: () => boolean, withinMs: number): Promise<void> {
  const untilMs = performance.now() + withinMs;
  while (!isSo() && performance.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 10));
}

function figuresOf(samples: Record<string, Sample[]>): Record<string, Figure> {
  const of = (name: string, field: keyof Sample) => (samples[name] ?? []).map((sample) => sample[field]);
  return Object.fromEntries([
    [`${RELAY} ÷ ${LIBRARY}, rows/s`, { unit: '×', samples: ratios(of(RELAY, 'perSecond'), of(LIBRARY, 'perSecond')) }],
    [`${RELAY} ÷ ${NAIVE}, rows/s`, { unit: '×', samples: ratios(of(RELAY, 'perSecond'), of(NAIVE, 'perSecond')) }],
    [LEAST_BESIDE_A_SEND, { unit: '×', samples: ratios(of(RELAY, 'leastMs'), of(RELAY, 'leastSendMs')) }],
    ['least send without a database', { unit: 'ms', samples: of(RELAY, 'leastSendMs') }],
    ...Object.keys(samples).flatMap((name) => [
      [`${name}, rows lost`, { unit: '', samples: of(name, 'lost') }],
      [`${name}, commit → Kafka p50`, { unit: 'ms', samples: of(name, 'p50Ms') }],
      [`${name}, commit → Kafka p99`, { unit: 'ms', samples: of(name, 'p99Ms') }],
      [`${name}, rows/s`, { unit: '/s', samples: of(name, 'perSecond') }],
    ]),
  ]);
}
