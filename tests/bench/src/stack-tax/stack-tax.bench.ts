import path from 'node:path';
import { createKafka, ensureTopics } from '@meridian/kafka';
import { regionTopics } from '@meridian/kafka-cluster';
import { repositoryRoot, topology } from '@meridian/test-harness';
import { createTestDatabase } from '@meridian/testing';
import type { Benchmark, BenchRun, Figure } from '../benchmark.ts';
import { type Contestant, startContestant, withCpuMs } from '../contestant.ts';
import { closedLoop } from '../open-loop.ts';
import { inTurn } from '../rounds.ts';
import { ddlOf, Started, startBroker, startDatabaseServer } from '../servers.ts';
import { quantile, ratios } from '../statistics.ts';
import { type Shop, type ShopKind, startShop, startTraceSink } from './place-over-http.ts';

const CLIENTS = 8;
const SECONDS = { quick: 0.5, full: 3 };
const PROGRAM = path.join(repositoryRoot, 'apps/order/bench/contestants.mjs');

const SERVICE = 'service';
const SAME_STORE = 'store-without-prisma';
const STATEMENT = 'pg-statement';
const TRANSACTION = 'pg-transaction';
const ROUND_TRIP = 'round-trip';
const TRACED = 'every trace';
const UNTRACED = 'no trace';

/**
 * What is compared over HTTP. What another part of the stack costs is one more shop, without that part: its figures come
 * by themselves, its ratio is a line in `figuresOfPlacings`.
 */
const SHOPS: Record<string, ShopKind> = { [TRACED]: { traceRatio: 1 }, [UNTRACED]: { traceRatio: 0 } };

interface Written {
  perSecond: number;
  cpuUs: number;
  p50Ms?: number;
  p99Ms?: number;
}

export const stackTax: Benchmark = {
  name: 'stack-tax',
  measures: `Orders placed: the rows alone by ${CLIENTS} clients on 5 connections (the order, its event in the outbox, the note of the attempt removed), with the CPU of the writing process; and \`POST /orders\` by ${CLIENTS} clients over HTTP through the order and the catalog service, with the CPU of both.`,
  peers: [
    `\`${SERVICE}\`: the order service's own store, Prisma and all, as it was built`,
    `\`${SAME_STORE}\`: the same store and statement, sent by plain \`pg\``,
    `\`${STATEMENT}\`: the same rows by plain \`pg\` in one prepared statement`,
    `\`${TRANSACTION}\`: the same rows by plain \`pg\` in a transaction of a prepared statement each`,
    `\`${ROUND_TRIP}\`: \`SELECT 1\` on as many connections, for the limit`,
    `\`${TRACED}\` against \`${UNTRACED}\`: the same two services recording and exporting all traces, and none`,
  ],
  limit: {
    figure: `${SERVICE} ÷ ${ROUND_TRIP}, orders/s`,
    atMost: 1,
    why: 'what is acknowledged by the database takes at least a question and its answer on the same connections',
  },
  goals: [
    { figure: `${SERVICE} ÷ ${STATEMENT}, orders/s`, atLeast: 0.85 },
    { figure: `${TRACED} ÷ ${UNTRACED}, orders/s`, atLeast: 0.75 },
  ],
  was: 'Not measured as a whole; a statement alone through Prisma was 1.08 to 1.6 × plain `pg` in a transaction when the stack was chosen.',
  on: 'alone',

  async run({ scale, rounds, scratch, say }: BenchRun) {
    const started = new Started();
    const forMs = SECONDS[scale] * 1_000;
    try {
      const postgresUrl = await startDatabaseServer(started, scratch);
      const rows = await measureRows(postgresUrl, rounds, forMs);
      say('the rows alone are measured');
      const placings = await measurePlacings(started, postgresUrl, rounds, forMs, scratch);
      return { figures: { ...figuresOfRows(rows), ...figuresOfPlacings(placings) } };
    } finally {
      await started.stopAll();
    }
  },
};

async function measureRows(postgresUrl: string, rounds: number, forMs: number) {
  const started = new Started();
  try {
    const writers: Record<string, Contestant<unknown>> = {};
    for (const role of [SERVICE, SAME_STORE, STATEMENT, TRANSACTION, ROUND_TRIP]) {
      const database = await createTestDatabase(postgresUrl, ddlOf('order'));
      started.add({ stop: database.drop });
      writers[role] = started.add(await startContestant({ file: PROGRAM, args: [role, database.url] }));
    }
    const write = async (role: string, ms: number): Promise<Written> => {
      const writer = writers[role] as Contestant<unknown>;
      const { cpuMs, result } = await withCpuMs(writer.pid, () =>
        writer.ask<{ written: number; tookMs: number }>({ clients: CLIENTS, forMs: ms }),
      );
      return {
        perSecond: (result.written * 1_000) / result.tookMs,
        cpuUs: (cpuMs * 1_000) / result.written,
      };
    };
    for (const role of Object.keys(writers)) await write(role, Math.min(forMs, 1_000));
    return await inTurn(Object.keys(writers), rounds, (role) => write(role, forMs));
  } finally {
    await started.stopAll();
  }
}

async function measurePlacings(started: Started, postgresUrl: string, rounds: number, forMs: number, folder: string) {
  const brokers = await startBroker(started, folder);
  await ensureTopics(createKafka({ clientId: 'bench', brokers }), regionTopics(topology, 'eu-west'));
  const sink = started.add(await startTraceSink());
  const shops: Record<string, Shop> = {};
  for (const [name, kind] of Object.entries(SHOPS)) {
    const options = { ...kind, name: name.replaceAll(' ', '-'), postgresUrl, brokers, otlp: sink.url, folder };
    shops[name] = started.add(await startShop(options));
  }
  const place = async (name: string, ms: number): Promise<Written> => {
    const shop = shops[name] as Shop;
    const [cpuBeforeMs, startedMs] = [shop.cpuMs(), performance.now()];
    const latenciesMs = await closedLoop(CLIENTS, ms, () => shop.placeOrder());
    const count = latenciesMs.length;
    return {
      perSecond: (count * 1_000) / (performance.now() - startedMs),
      cpuUs: ((shop.cpuMs() - cpuBeforeMs) * 1_000) / count,
      p50Ms: quantile(latenciesMs, 0.5),
      p99Ms: quantile(latenciesMs, 0.99),
    };
  };
  for (const name of Object.keys(shops)) await place(name, Math.min(2 * forMs, 2_000));
  const samples = await inTurn(Object.keys(shops), rounds, (name) => place(name, forMs));
  if (sink.received() === 0) throw new Error('No trace reached the sink: tracing was not measured.');
  return samples;
}

const of = (samples: Written[] | undefined, field: keyof Written) =>
  (samples ?? []).map((sample) => sample[field] as number);

function figuresOfRows(rows: Record<string, Written[]>): Record<string, Figure> {
  const ratio = (to: string) => ratios(of(rows[SERVICE], 'perSecond'), of(rows[to], 'perSecond'));
  return Object.fromEntries([
    [`${SERVICE} ÷ ${STATEMENT}, orders/s`, { unit: '×', samples: ratio(STATEMENT) }],
    [`${SERVICE} ÷ ${SAME_STORE}, orders/s`, { unit: '×', samples: ratio(SAME_STORE) }],
    [`${SERVICE} ÷ ${TRANSACTION}, orders/s`, { unit: '×', samples: ratio(TRANSACTION) }],
    [`${SERVICE} ÷ ${ROUND_TRIP}, orders/s`, { unit: '×', samples: ratio(ROUND_TRIP) }],
    ...Object.entries(rows).flatMap(([role, samples]) => [
      [`${role}, orders/s`, { unit: '/s', samples: of(samples, 'perSecond') }],
      [`${role}, CPU per order`, { unit: 'µs', samples: of(samples, 'cpuUs') }],
    ]),
  ]);
}

function figuresOfPlacings(placings: Record<string, Written[]>): Record<string, Figure> {
  const ratio = (field: keyof Written) => ratios(of(placings[TRACED], field), of(placings[UNTRACED], field));
  return Object.fromEntries([
    [`${TRACED} ÷ ${UNTRACED}, orders/s`, { unit: '×', samples: ratio('perSecond') }],
    [`${TRACED} ÷ ${UNTRACED}, CPU per order`, { unit: '×', samples: ratio('cpuUs') }],
    ...Object.entries(placings).flatMap(([name, samples]) => [
      [`HTTP, ${name}, orders/s`, { unit: '/s', samples: of(samples, 'perSecond') }],
      [`HTTP, ${name}, CPU per order`, { unit: 'µs', samples: of(samples, 'cpuUs') }],
      [`HTTP, ${name}, p50`, { unit: 'ms', samples: of(samples, 'p50Ms') }],
      [`HTTP, ${name}, p99`, { unit: 'ms', samples: of(samples, 'p99Ms') }],
    ]),
  ]);
}
