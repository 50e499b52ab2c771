/**
 * `npm run bench:apply -w @meridian/catalog`: what applying the events of another region costs a service, with a real
 * PostgreSQL and Kafka. EVENTS events about 24 aggregates lie in a topic before the service starts; measured is from a fifth
 * of them to the last: events a second, and CPU of the service and of its PostgreSQL per event. Builds are measured.
 * BASELINE, the path of another checkout that is built, is measured in turn with this one, on the same servers and records;
 * what is compared is the median of the ratios of rounds. SERVICE (catalog, user), EVENTS, ROUNDS and TRACED, the share of
 * events in a recorded trace, can be set, and CPU_PROF: a directory for a profile of the service.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { envelopeToHeaders, remoteTopic } from '@meridian/contracts';
import { formatHlc } from '@meridian/hlc';
import { createKafka, ensureTopics } from '@meridian/kafka';
import { median, repository, startStage, tablesOf } from './stage.mjs';

const SERVICE = process.env.SERVICE ?? 'catalog';
const EVENTS = Number(process.env.EVENTS ?? 5_000);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const TRACED = Number(process.env.TRACED ?? 1);
const AGGREGATES = 24;
const [REGION, ORIGIN] = ['eu-west', 'us-east'];
/** Of `/proc/<pid>/stat`. */
const MS_PER_TICK = 10;

const checkouts = { ...(process.env.BASELINE && { baseline: path.resolve(process.env.BASELINE) }), here: repository };
/** Takes the spans, and forgets them. */
const spans = createServer((request, answer) => request.resume().on('end', () => answer.end('{}'))).listen(
  0,
  '127.0.0.1',
);
const stage = await startStage('apply');

/** Edits as they are made in the drill `concurrent-edits`: each of one field, and each has seen the one before. */
const EDITS = {
  catalog: {
    topic: 'products.v1',
    type: 'meridian.product.changed.v1',
    newId: (i) => `BENCH-${i}`,
    edit: (sku, i, write) => {
      const name = { fields: { name: write(`Name ${i}`) }, stock: {} };
      const money = { amountMinor: 100 + i, currency: 'EUR' };
      const price = write(money);
      const prices = { values: [{ value: money, hlc: price.hlc }], seen: { [ORIGIN]: price.hlc } };
      return { sku, ...(i % 3 < 2 ? name : { fields: { price }, stock: {}, price: prices }) };
    },
  },
  user: {
    topic: 'users.v1',
    type: 'meridian.user.profile-changed.v1',
    newId: () => randomUUID(),
    edit: (id, i, write) => ({ id, fields: i % 2 ? { country: write('IE') } : { name: write(`Name ${i}`) } }),
  },
};
const { topic, type, newId, edit } = EDITS[SERVICE];

async function writeEvents() {
  const connection = createKafka({ clientId: 'bench', brokers: stage.brokers });
  const all = ['users.v1', 'products.v1', 'orders.v1'].flatMap((one) => [
    one,
    ...[ORIGIN, 'ap-southeast'].map((origin) => remoteTopic(origin, one)),
  ]);
  await ensureTopics(
    connection,
    all.map((one) => ({ topic: one, partitions: 4 })),
  );
  const ids = Array.from({ length: AGGREGATES }, (_, i) => newId(i));
  const startMs = Date.now() - EVENTS;
  const records = Array.from({ length: EVENTS }, (_, i) => {
    const id = ids[i % AGGREGATES];
    const hlc = formatHlc({ wallMs: startMs + i, counter: 0, region: ORIGIN });
    const headers = envelopeToHeaders({
      ...{ id: `${ORIGIN}/${SERVICE}/${i + 1}`, source: `/${ORIGIN}/${SERVICE}`, type, subject: id, hlc },
      ...{ time: new Date(startMs + i).toISOString(), originRegion: ORIGIN, originSequence: i + 1 },
      ...{ transaction: String(1_000 + i), horizon: String(1_000 + i) },
    });
    const write = (value) => ({ value, hlc, seen: { [ORIGIN]: hlc } });
    const traceparent = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-0${i % 100 < TRACED * 100 ? 1 : 0}`;
    return { key: id, value: JSON.stringify(edit(id, i, write)), headers: { ...headers, traceparent } };
  });
  const producer = await connection.producer();
  for (let i = 0; i < records.length; i += 500)
    await producer.send(remoteTopic(ORIGIN, topic), records.slice(i, i + 500));
  await producer.close();
}

async function applyAll(checkout) {
  const profile = process.env.CPU_PROF ? ['--cpu-prof', `--cpu-prof-dir=${path.resolve(process.env.CPU_PROF)}`] : [];
  const register = `file://${path.join(checkout, 'libs/telemetry/dist/register.js')}`;
  const service = await stage.startService({
    ...{ name: SERVICE, checkout, program: `apps/${SERVICE}/dist/main.js`, region: REGION, waitUntilReady: false },
    tables: tablesOf(checkout, SERVICE),
    // As infra/local starts it.
    args: ['--max-semi-space-size=2', '--max-old-space-size=128', ...profile, '--import', register],
    env: {
      ...{ KAFKA_CONSUMER_GROUP: randomUUID(), EMAIL_DIGEST_KEY: 'a key of this bench alone' },
      ...{ OTEL_SERVICE_NAME: SERVICE, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${spans.address().port}` },
    },
  });
  const applied = async () => {
    const counted =
      'SELECT (SELECT count(*) FROM inbox) + coalesce((SELECT sum(sequence) FROM inbox_watermark), 0) AS n';
    return Number((await service.pool.query(counted)).rows[0].n);
  };
  const reach = async (count) => {
    const giveUpMs = performance.now() + 120_000;
    for (let n = await applied(); ; n = await applied()) {
      const now = { n, atMs: performance.now(), serviceMs: cpuMsOf(service.pid), postgresMs: postgresCpuMs() };
      if (n >= count) return now;
      if (now.atMs > giveUpMs) throw new Error(`only ${n} of ${count} events were applied`);
      await sleep(20);
    }
  };
  try {
    const from = await reach(EVENTS / 5);
    const to = await reach(EVENTS);
    const events = to.n - from.n;
    return {
      perS: (events / (to.atMs - from.atMs)) * 1_000,
      serviceMs: (to.serviceMs - from.serviceMs) / events,
      postgresMs: (to.postgresMs - from.postgresMs) / events,
    };
  } finally {
    await service.stop();
  }
}

/** User and system time of a process, and of those that it has waited for. */
function cpuMsOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0) * MS_PER_TICK;
}

function postgresCpuMs() {
  const pid = Number(readFileSync(path.join(stage.postgresDir, 'postmaster.pid'), 'utf8').split('\n')[0]);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return [pid, ...children.map(Number)].reduce((sum, one) => {
    try {
      return sum + cpuMsOf(one);
    } catch {
      return sum; // It has ended meanwhile.
    }
  }, 0);
}

try {
  await writeEvents();
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const measured = {};
    const names = round % 2 ? Object.keys(checkouts).reverse() : Object.keys(checkouts);
    for (const name of names) measured[name] = await applyAll(checkouts[name]);
    rounds.push(measured);
  }
  for (const name of Object.keys(checkouts)) {
    const of = (figure) => median(rounds.map((round) => round[name][figure]));
    console.log(
      `${SERVICE}, ${EVENTS} events, ${name}: ${of('perS').toFixed(0)}/s; CPU per event: service ${of('serviceMs').toFixed(2)} ms, PostgreSQL ${of('postgresMs').toFixed(2)} ms`,
    );
  }
  if (checkouts.baseline)
    for (const figure of ['perS', 'serviceMs', 'postgresMs']) {
      const ratios = rounds.map(({ here, baseline }) => here[figure] / baseline[figure]).sort((a, b) => a - b);
      console.log(
        `  here ÷ baseline, ${figure}: × ${median(ratios).toFixed(2)} (${ratios[0].toFixed(2)} to ${ratios.at(-1).toFixed(2)})`,
      );
    }
} finally {
  spans.close();
  spans.closeAllConnections();
  await stage.stop();
}
