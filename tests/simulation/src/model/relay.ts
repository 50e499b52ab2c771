import { type Task, within } from '../kernel/host.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { hashOf } from '../kernel/randomness.ts';
import type { Rules } from '../rules.ts';
import { type Kafka, type LogRecord, PARTITIONS } from './kafka.ts';
import type { Outbox, OutboxRow } from './outbox.ts';
import { DatabaseAway, type Postgres } from './postgres.ts';

/**
 * Model of libs/outbox/src/relay.ts: read below the horizon, number, send until acknowledged, take away; begin again
 * wherever the last one was when it ended. What it does in between is not one step, so it can end in between.
 */

export const HEARTBEAT = 'meridian.heartbeat.v1';
const BATCH = 6;
const SAFETY_POLL_MS = 1_000;
const HORIZON_POLL_MS = 20;
const RETRY_MS = 100;
const BEAT_MOST_OFTEN_MS = 50;
const BEAT_WHEN_IDLE_MS = 1_000;
const ALL = Array.from({ length: PARTITIONS }, (_, partition) => partition);

export interface RelayOf {
  kernel: Kernel;
  region: string;
  service: string;
  topic: string;
  database: Postgres;
  outbox: Outbox;
  kafka: Kafka;
  rules: Rules;
}

export function partitionOf(key: string): number {
  return hashOf(key) % PARTITIONS;
}

/** Runs as long as its process; a lost session is opened again. */
export function* runRelay(of: RelayOf): Task<void> {
  for (;;) {
    try {
      yield* relay(of);
    } catch (failure) {
      if (!(failure instanceof DatabaseAway)) throw failure;
      yield RETRY_MS;
    }
  }
}

function* relay({ kernel, database, outbox, rules, ...of }: RelayOf): Task<never> {
  const { life } = database.server;
  const needsSession = () => {
    if (!database.server.up || database.server.life !== life) throw new DatabaseAway();
  };
  needsSession();
  let position = outbox.sequence;
  // libs/outbox/src/heartbeats.ts: what was published last, what each partition was told, and when.
  let last = 0;
  let lastBeatMs = Number.NEGATIVE_INFINITY;
  const told = new Array<number>(PARTITIONS).fill(0);
  const isBehind = (partition: number) => last > 0 && (told[partition] as number) <= last;
  const beatIsDueInMs = () => lastBeatMs + (ALL.some(isBehind) ? BEAT_MOST_OFTEN_MS : BEAT_WHEN_IDLE_MS) - kernel.nowMs;
  for (;;) {
    needsSession();
    const woken = outbox.notified.rung;
    // Rows and horizon are of one snapshot.
    const { horizon } = database;
    const rows = rules.readReady(outbox, horizon, BATCH);
    const records = rows.map((row, i) => toRecord(row, position + 1 + i, of));
    if (rows.length > 0) {
      const bound = rows.length < BATCH ? horizon : (rows.at(-1) as OutboxRow).xid;
      const lanes = records.map(({ key, xid: transaction }) => ({ lane: String(partitionOf(key)), transaction }));
      for (const [i, at] of rules.stampHorizons(lanes, String(bound)).entries()) (records[i] as LogRecord).horizon = at;
      if (rules.heartbeatBeforeAcknowledgement) yield* beat(bound);
      yield* send(records);
      needsSession();
      markPublished(rows, position);
      position += rows.length;
      last = (rows.at(-1) as OutboxRow).xid;
      for (const { key, horizon: at } of records) told[partitionOf(key)] = Number(at);
      if (beatIsDueInMs() <= 0) yield* beat(bound);
      continue;
    }
    if (beatIsDueInMs() <= 0) yield* beat(horizon);
    const waitsForHorizon = outbox.rows.length > 0;
    const pauseMs = Math.min(waitsForHorizon ? HORIZON_POLL_MS : SAFETY_POLL_MS, Math.max(1, beatIsDueInMs()));
    yield* within(kernel, woken, pauseMs, { background: !waitsForHorizon && !ALL.some(isBehind) });
  }

  /** Tells the partitions that have not heard of it up to where they are complete. */
  function* beat(horizon: number): Task<void> {
    const behind = kernel.nowMs - lastBeatMs >= BEAT_WHEN_IDLE_MS ? ALL : ALL.filter(isBehind);
    lastBeatMs = kernel.nowMs;
    yield* send(behind.map((partition) => heartbeatRecord(String(horizon), partition, of)));
    for (const partition of behind) told[partition] = horizon;
  }

  /** Sends until it is acknowledged; what was sent and not acknowledged is there all the same, and then again. */
  function* send(records: LogRecord[]): Task<void> {
    const { kafka } = of;
    const random = kernel.randomOf(`${of.region} relay of ${of.service}`);
    for (;;) {
      let acknowledged = 0;
      const arrive = () => {
        for (let partition = 0; partition < PARTITIONS; partition += 1) {
          const mine = records.filter(({ key }) => partitionOfRecord(key) === partition);
          if (!kafka.up || (mine.length > 0 && random.chance(kafka.refusals))) continue;
          for (const record of mine) kafka.append(of.topic, partition, record);
          acknowledged += mine.length;
        }
      };
      // A request that is under way arrives, whatever becomes of its sender.
      const delayMs = random.chance(0.03) ? random.between(50, 400) : 1 + random.next();
      kernel.after(delayMs, arrive);
      yield delayMs + 1;
      if (acknowledged === records.length && !random.chance(kafka.lostAnswers)) return;
      needsSession();
      yield RETRY_MS;
    }
  }

  /** MARK_PUBLISHED, with `synchronous_commit = off`: a crash takes back both, or neither. */
  function markPublished(rows: OutboxRow[], from: number): void {
    if (outbox.sequence !== from) throw new DatabaseAway();
    const gone = new Set(rows);
    const apply = () => {
      outbox.rows = outbox.rows.filter((row) => !gone.has(row));
      outbox.sequence = from + rows.length;
    };
    const undo = () => {
      outbox.rows = [...rows, ...outbox.rows];
      outbox.sequence = from;
    };
    database.commitUnflushed(apply, undo);
  }
}

/** The key of a heartbeat names its partition. */
const HEARTBEAT_KEY = /^heartbeat-(\d+)$/;

function partitionOfRecord(key: string): number {
  const [, partition] = HEARTBEAT_KEY.exec(key) ?? [];
  return partition === undefined ? partitionOf(key) : Number(partition);
}

type Where = Pick<RelayOf, 'region' | 'service'>;

export function toRecord(row: OutboxRow, sequence: number, { region, service }: Where): LogRecord {
  const { key, type, hlc, deps, value } = row;
  return {
    ...{ key, type, hlc, deps, value, sequence, row: row.row },
    source: `/${region}/${service}`,
    originRegion: region,
    xid: String(row.xid),
    horizon: '0',
    atMs: 0,
  };
}

function heartbeatRecord(horizon: string, partition: number, { region, service }: Where): LogRecord {
  return {
    ...{
      key: `heartbeat-${partition}`,
      type: HEARTBEAT,
      hlc: '',
      deps: {},
      value: undefined,
      xid: '0',
      sequence: 0,
      row: 0,
    },
    source: `/${region}/${service}`,
    originRegion: region,
    horizon,
    atMs: 0,
  };
}
