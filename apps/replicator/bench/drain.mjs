/**
 * `npm run bench:drain -w @meridian/replicator`: how fast each engine copies a backlog of 1 KiB records from one cluster to another on this
 * machine, what that costs its process, and then how late single records are at a steady rate. Engines take turns; each round has an
 * empty target. About a minute for each engine and round.
 *
 * Environment: ENGINES (comma-separated), ROUNDS (3), RECORDS (1,000,000), BATCH_BYTES (16,384, the Java producer's default), CODEC (none),
 * RATE (1,000 records per second) and SECONDS (10) of the second part.
 */
import { execFile, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { remoteTopic } from '@meridian/contracts';
import { createKafka, ensureTopics } from '@meridian/kafka';
import { KAFKA_VERSION, prepareKafka, startKafka } from '@meridian/kafka-cluster';
import { freePort } from '@meridian/testing';

const told = (name, otherwise) => process.env[name] ?? otherwise;
const ENGINES = told('ENGINES', 'kafkajs,verbatim').split(',');
const ROUNDS = Number(told('ROUNDS', 3));
const RECORDS = Number(told('RECORDS', 1_000_000));
const BATCH_BYTES = told('BATCH_BYTES', '16384');
const CODEC = told('CODEC', 'none');
const RATE = Number(told('RATE', 1_000));
const SECONDS = Number(told('SECONDS', 10));
const PARTITIONS = 4;
/** As the local runner has them. */
const NODE_FLAGS = ['--disable-warning=TimeoutNegativeWarning', '--max-semi-space-size=2', '--max-old-space-size=128'];
const WARM_UP_SECONDS = 3;
const DRAINED_WITHIN_MS = 120_000;
const [BACKLOG, STEADY] = ['backlog.v1', 'steady.v1'];

const cacheDir = path.join(import.meta.dirname, '../../../.meridian/cache');
const directory = await mkdtemp(path.join(tmpdir(), 'meridian-drain-'));
const now = () => performance.timeOrigin + performance.now();
const running = [];

async function cluster(name) {
  const [port, controllerPort] = await Promise.all([freePort(), freePort()]);
  const at = (one) => ({ host: '127.0.0.1', port: one });
  const files = { dataDir: path.join(directory, name), logFile: path.join(directory, `${name}.log`) };
  const broker = await startKafka({
    name,
    ...files,
    cacheDir,
    local: at(port),
    controller: at(controllerPort),
    wan: {},
  });
  running.push(broker);
  const brokers = [`127.0.0.1:${port}`];
  const end = async () => {
    await broker.stop();
    await rm(files.dataDir, { recursive: true, force: true });
  };
  return { brokers, kafka: createKafka({ clientId: 'bench', brokers }), end };
}

/** The engine's process, and what it said last. `region`: another one for each, as one engine goes on where another was. */
function start(engine, origin, region, target) {
  const args = [engine, origin.brokers[0], region, target.brokers[0]];
  const flags = { execArgv: [...NODE_FLAGS, ...told('NODE_FLAGS', '').split(' ').filter(Boolean)] };
  const child = fork(path.join(import.meta.dirname, 'one-engine.mjs'), args, flags);
  const startedMs = now();
  const state = { said: { copiedRecords: 0 }, firstMs: undefined };
  const waiting = [];
  child.on('message', (said) => {
    state.said = said;
    if (said.copiedRecords > 0) state.firstMs ??= now() - startedMs;
    for (const one of waiting) if (said.copiedRecords >= one.records) one.resolve(now());
  });
  const until = (records) =>
    new Promise((resolve, reject) => {
      waiting.push({ records, resolve });
      setTimeout(
        () => reject(new Error(`${engine} has copied ${state.said.copiedRecords}`)),
        DRAINED_WITHIN_MS,
      ).unref();
      child.once('exit', () => reject(new Error(`${engine} ended: ${state.said.failing}`)));
    });
  const end = () =>
    new Promise((resolve) => {
      child.once('exit', resolve);
      child.send('end');
    });
  return { state, until, end, startedMs };
}

async function steadily(origin, target) {
  const lagsMs = [];
  // Those of the rounds before are in the origin's topic, too.
  const measuredFromMs = now() + WARM_UP_SECONDS * 1000;
  const consumer = await target.kafka.consume({
    groupId: `bench-${now()}`,
    topics: [remoteTopic('origin', STEADY)],
    onRecord: ({ headers }) => {
      if (Number(headers.sent) >= measuredFromMs) lagsMs.push(now() - Number(headers.sent));
    },
  });
  const producer = await origin.kafka.producer();
  const send = (n) => {
    const record = {
      key: `key-${n}`,
      value: 'x'.repeat(1024),
      headers: { sent: String(now()) },
      partition: n % PARTITIONS,
    };
    producer.send(STEADY, [record]).catch(() => undefined);
  };
  const began = performance.now();
  for (let n = 0; n < RATE * (WARM_UP_SECONDS + SECONDS); ) {
    const due = Math.floor(((performance.now() - began) * RATE) / 1000);
    for (; n < due; n += 1) send(n);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await Promise.all([producer.close(), consumer.close()]);
  lagsMs.sort((a, b) => a - b);
  const quantile = (q) => lagsMs[Math.min(lagsMs.length - 1, Math.floor(lagsMs.length * q))];
  return { p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}

async function round(engine, origin, number) {
  const region = `target-${number}-${engine}`;
  const target = await cluster(region);
  const process = start(engine, origin, region, target);
  try {
    const doneMs = await process.until(RECORDS);
    const { firstMs, said } = process.state;
    const seconds = (doneMs - process.startedMs - firstMs) / 1000;
    const drained = { perSecond: RECORDS / seconds, firstMs, cpuPerMillion: (said.cpuSeconds * 1e6) / RECORDS };
    const lag = await steadily(origin, target);
    return { engine, ...drained, ...lag, rssMb: process.state.said.mostBytes / 2 ** 20 };
  } finally {
    await process.end();
    await target.end();
  }
}

const COLUMNS = [
  ['perSecond', 'records/s', 0],
  ['firstMs', 'first ms', 0],
  ['cpuPerMillion', 'CPU s per M', 1],
  ['rssMb', 'RSS MB', 0],
  ['p50Ms', 'lag p50 ms', 1],
  ['p99Ms', 'p99 ms', 1],
];
const line = (name, cells) => `${name.padEnd(18)}${cells.map((cell) => String(cell).padStart(16)).join('')}`;
const show = (name, figures) =>
  line(
    name,
    COLUMNS.map(([key, , digits]) => figures[key].toFixed(digits)),
  );

function spread(name, rounds) {
  return line(
    name,
    COLUMNS.map(([key, , digits]) => {
      const sorted = rounds.map((one) => one[key]).sort((a, b) => a - b);
      const median = sorted[Math.floor(sorted.length / 2)];
      return `${median.toFixed(digits)} (${sorted[0].toFixed(digits)}–${sorted.at(-1).toFixed(digits)})`;
    }),
  );
}

try {
  await prepareKafka(cacheDir);
  const origin = await cluster('origin');
  await ensureTopics(
    origin.kafka,
    [BACKLOG, STEADY].map((topic) => ({ topic, partitions: PARTITIONS })),
  );
  const jars = path.join(cacheDir, `kafka-${KAFKA_VERSION}`, 'libs/*');
  const fill = [path.join(import.meta.dirname, 'Fill.java'), origin.brokers[0], BACKLOG];
  await promisify(execFile)('java', ['-cp', jars, ...fill, String(PARTITIONS), String(RECORDS), BATCH_BYTES, CODEC]);
  console.log(`${RECORDS} records of 1 KiB, batches of ${BATCH_BYTES} bytes, ${CODEC}; lag at ${RATE} records/s`);
  console.log(
    line(
      '',
      COLUMNS.map(([, title]) => title),
    ),
  );
  const rounds = [];
  for (let number = 1; number <= ROUNDS; number += 1)
    for (const engine of number % 2 === 1 ? ENGINES : ENGINES.toReversed()) {
      const figures = await round(engine, origin, number);
      rounds.push(figures);
      console.log(show(`${number} ${engine}`, figures));
    }
  console.log('median (least–most)');
  for (const engine of ENGINES)
    console.log(
      spread(
        engine,
        rounds.filter((one) => one.engine === engine),
      ),
    );
} finally {
  await Promise.all(running.map((broker) => broker.stop()));
  await rm(directory, { recursive: true, force: true });
}
