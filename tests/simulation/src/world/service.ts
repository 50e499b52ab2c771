import {
  afterLocalWrite,
  afterRemoteWrite,
  type Horizons,
  joinTokens,
  NO_DEPS,
  type PartitionHorizon,
  type RowDeps,
  reachHorizon,
  releaseHorizon,
  type Token,
  tokenOfRow,
} from '@meridian/consistency';
import { type Hlc, type HlcClock, latestHlcOf } from '@meridian/hlc';
import { Bell, Host, type Task } from '../kernel/host.ts';
import { consume, TooEarly } from '../model/consumer.ts';
import type { LogRecord, Partition } from '../model/kafka.ts';
import { Outbox, type OutboxRow } from '../model/outbox.ts';
import { DatabaseAway } from '../model/postgres.ts';
import { HEARTBEAT, partitionOf, runRelay, toRecord } from '../model/relay.ts';
import type { ServiceName } from '../observation.ts';
import { type Answer, type Caller, type Handler, serve } from './serving.ts';
import type { Surroundings } from './surroundings.ts';

export type { Answer, Caller };

/** The pure half of a service: what its aggregates are. The real one, of apps/<service>/src/domain. */
export interface Aggregate<S> {
  nothing: S;
  join(a: S, b: S): S;
  isUnchanged(known: S, joined: S): boolean;
  /** The greatest reading in a state; undefined when it holds none. */
  latestHlc(state: S): Hlc | undefined;
}

export interface Row<S> {
  state: S;
  version: number;
  deps: RowDeps;
  /** Of its last write. */
  hlc: Hlc;
}

export interface Stamp {
  hlc: Hlc;
  at: string;
  region: string;
}

export interface Origin {
  source: string;
  sequence: number;
}

/** What one statement writes; apps/<service>/src/persistence/<service>-store.ts has the real ones. */
export interface Change<S> {
  /** `version` is the one that was decided on. */
  rows: (Row<S> & { key: string })[];
  events: Pick<OutboxRow, 'key' | 'type' | 'hlc' | 'value' | 'deps'>[];
  origin?: Origin;
  /** The session whose command it is. */
  by?: string;
  /** What a side table of the service (reservations) says to it, and what is written there. */
  allows?: () => boolean;
  also?: () => void;
}

/** A refusal, too, can leave something to be told. */
export type Decided<S> = { ok: true; delta?: S } | { ok: false; reason: string; delta?: S };

/** What takes time before a decision; what else is written with it. */
export interface Steps<S> {
  prepare?: (state: S) => Task<{ refused: string } | undefined>;
  also?: (delta: S) => void;
}

/** As in the services: only another process can get in between, and it does not do so this often. */
const ATTEMPTS = 10;
/**
 * A service of one region: what libs/{replication,outbox,inbox} and the non-pure rest of apps/<service> make of an
 * aggregate, in short. Its tables outlive its process; its clock and its lanes do not.
 */
export abstract class Service<S> {
  abstract readonly name: ServiceName;
  abstract readonly topic: string;
  readonly region: Surroundings;
  readonly host: Host;

  // Its database.
  readonly rows = new Map<string, Row<S>>();
  readonly outbox = new Outbox();
  readonly inbox = new Set<string>();
  horizons: Horizons = {};

  // Its dead letter topic.
  deadLetters: { record: LogRecord; partition: Partition; place: string }[] = [];

  // Its memory.
  #clock: HlcClock | undefined;
  readonly horizonMoved = new Bell();

  constructor(region: Surroundings) {
    this.region = region;
    this.host = new Host(region.kernel);
  }

  abstract get aggregate(): Aggregate<S>;
  /** Topics of other services that it consumes, of every region, for what they ask it to do. */
  protected get consumes(): readonly string[] {
    return [];
  }
  protected abstract onEvent(record: LogRecord): Task<void>;

  start(): void {
    this.host.restart();
    this.#clock = undefined;
    this.host.start(this.#boot());
  }

  crash(): void {
    this.host.crash();
  }

  get isReady(): boolean {
    return this.host.up && this.#clock !== undefined;
  }

  *#boot(): Task<void> {
    const { kernel, rules, database, kafka, id, wallClock, others } = this.region;
    // libs/replication/src/replicate.ts, startClock: without the database a reading could be given out twice.
    while (!database.server.up) yield 250;
    const from = this.#latestHlc();
    this.#clock = rules.createClock({ region: id, wallClockMs: () => wallClock.readMs(), from });
    const { host, outbox, topic, name } = this;
    const relayOf = { kernel, region: id, service: name, topic, database, outbox, kafka };
    host.start(runRelay({ ...relayOf, rules }));
    for (const origin of others) this.#consume(`${origin}.${topic}`);
    for (const theirs of this.consumes)
      for (const one of [theirs, ...others.map((o) => `${o}.${theirs}`)]) this.#consume(one);
  }

  #latestHlc(): Hlc | undefined {
    return latestHlcOf([...this.rows.values()].map(({ hlc }) => hlc));
  }

  #consume(topic: string): void {
    const { kernel, rules, kafka, id } = this.region;
    for (const partition of kafka.partitionsOf(topic)) {
      const handle = (record: LogRecord) => this.#handle(record, partition, isOwnTopic(partition, this.topic));
      const deadLetter = (record: LogRecord) => this.#giveUp(record, partition);
      this.host.start(
        consume({
          ...{ kernel, region: id, rules, kafka, group: this.name, partition },
          ...{ handle, deadLetter },
        }),
      );
    }
  }

  *#handle(record: LogRecord, partition: Partition, isOwn: boolean): Task<void> {
    if (record.type !== HEARTBEAT) yield* isOwn ? this.#merge(record) : this.#carryOut(record);
    if (isOwn) this.#moveHorizon(record, partition, (known) => reachHorizon(known, record));
  }

  *#giveUp(record: LogRecord, partition: Partition): Task<void> {
    yield 1;
    // Its offset in the real one: a copy of it is another record.
    const place = `${partition.topic}/${partition.index}/${partition.records.indexOf(record)}`;
    this.region.observe({ kind: 'met', situation: 'an event went to the dead letters' });
    this.deadLetters.push({ record, partition, place });
    if (isOwnTopic(partition, this.topic))
      this.#moveHorizon(record, partition, (known) => this.region.rules.holdHorizon(known, place));
  }

  /** `meridian dlq replay`: handled again, and then the horizon of its partition may move on. */
  *replayDeadLetters(): Task<void> {
    for (let letter = this.deadLetters[0]; letter; letter = this.deadLetters[0]) {
      const { record, partition, place } = letter;
      const isOwn = isOwnTopic(partition, this.topic);
      yield* isOwn ? this.#merge(record) : this.#carryOut(record);
      if (isOwn) this.#moveHorizon(record, partition, (known) => releaseHorizon(known, place));
      this.deadLetters.shift();
    }
  }

  #moveHorizon(
    { originRegion }: LogRecord,
    { index }: Partition,
    move: (known: PartitionHorizon | undefined) => PartitionHorizon,
  ): void {
    const of = this.horizons[originRegion];
    this.horizons = { ...this.horizons, [originRegion]: { ...of, [index]: move(of?.[index]) } };
    this.horizonMoved.ring();
  }

  /** libs/replication/src/remote-events.ts: what is too far ahead of the wall clock is too early. */
  protected receiveClock(...readings: Hlc[]): void {
    const latest = readings.sort().at(-1) as Hlc;
    const received = this.clock.receive(latest);
    if (!received.ok) throw new TooEarly(received.acceptableAtMs - this.region.wallClock.readMs());
  }

  /** apps/<service>/src/on-<aggregate>-replicated. */
  *#merge(record: LogRecord): Task<void> {
    const { key, source, sequence } = record;
    const delta = record.value as S;
    const hlc = this.aggregate.latestHlc(delta) ?? record.hlc;
    const wallMs = this.region.wallClock.readMs();
    this.receiveClock(record.hlc, hlc);
    for (;;) {
      const known = this.find(key);
      const stamp = this.stamp([known]);
      const { state, noted } = this.merged(known.state, delta, stamp);
      const written = { region: record.originRegion, transaction: record.xid, after: record.deps };
      const joined = afterRemoteWrite(known.deps, written);
      const deps = noted === undefined ? joined : this.after({ deps: joined }, {});
      const isUnchanged = noted === undefined && this.aggregate.isUnchanged(known.state, state);
      const rows = isUnchanged
        ? []
        : [{ key, state, version: known.version, deps, hlc: noted === undefined ? hlc : stamp.hlc }];
      const events = noted === undefined ? [] : [this.event(key, 'noted', noted, stamp.hlc, deps)];
      const stamped = noted === undefined ? undefined : this.noteStamp(key, known, stamp.hlc);
      const also = () => {
        this.region.observe({ kind: 'joined', region: this.region.id, service: this.name, key, hlc, wallMs });
        stamped?.();
      };
      if ((yield* this.commit({ rows, events, origin: { source, sequence }, also })) !== false) return;
    }
  }

  /** What joining a remote state gives, and what this region has to tell because of it. */
  protected merged(known: S, told: S, _stamp: Stamp): { state: S; noted?: S } {
    return { state: this.aggregate.join(known, told) };
  }

  /** A row was written. */
  protected onWritten(): void {}

  /** A side effect: the inbox says whether it was carried out before. */
  *#carryOut(record: LogRecord): Task<void> {
    this.receiveClock(record.hlc);
    yield* this.onEvent(record);
  }

  find(key: string): Row<S> {
    if (!this.region.database.server.up) throw new DatabaseAway();
    return this.rows.get(key) ?? { state: this.aggregate.nothing, version: 0, deps: NO_DEPS, hlc: '' };
  }

  hasApplied({ source, sequence }: Origin): boolean {
    return this.inbox.has(`${source}/${sequence}`);
  }

  /** Later than all that is in the rows that are changed. */
  stamp(changed: readonly Pick<Row<S>, 'hlc' | 'version'>[]): Stamp {
    const written = changed.filter(({ version }) => version > 0);
    const hlc = this.clock.now(latestHlcOf(written.map((row) => row.hlc)));
    return { hlc, at: new Date(this.region.wallClock.readMs()).toISOString(), region: this.region.id };
  }

  /**
   * apps/<service>/src/carry-out.ts: read, decide, commit row and event at once; begin again when the row has changed.
   * The answer's value is the delta, or what is known already when there is nothing to add.
   */
  *command(
    key: string,
    type: string,
    caller: Caller,
    decide: (state: S, stamp: Stamp) => Decided<S>,
    { prepare, also }: Steps<S> = {},
  ): Task<Answer<S>> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      yield 0.2;
      const known = this.find(key);
      const prepared = prepare && (yield* prepare(known.state));
      if (prepared) return { ok: false, reason: prepared.refused };
      const stamp = this.stamp([known]);
      const decision = decide(known.state, stamp);
      const { delta } = decision;
      let deps = known.deps;
      if (delta !== undefined) {
        deps = this.after(known, caller.token);
        const { hlc } = stamp;
        const state = this.aggregate.join(known.state, delta);
        const rows = [{ key, state, version: known.version, deps, hlc }];
        const events = [this.event(key, type, delta, hlc, deps)];
        const noteStamp = this.noteStamp(key, known, hlc);
        const noteAll = () => {
          noteStamp();
          also?.(delta);
        };
        const xid = yield* this.commit({ rows, events, by: caller.session, also: noteAll });
        if (xid === false) continue;
        deps = { ...deps, writes: { ...deps.writes, [this.region.id]: String(xid) } };
      }
      const token = joinTokens(caller.token, tokenOfRow(this.name, deps));
      if (!decision.ok) return { ok: false, reason: decision.reason };
      return { ok: true, value: delta ?? known.state, token, changed: delta !== undefined };
    }
    return { ok: false, reason: 'ConcurrentChange' };
  }

  protected event(
    key: string,
    type: string,
    value: S,
    hlc: Hlc,
    { after: deps }: RowDeps,
  ): Change<S>['events'][number] {
    return { key, type: `meridian.${this.name}.${type}.v1`, hlc, value, deps };
  }

  protected after({ deps }: Pick<Row<S>, 'deps'>, token: Token): RowDeps {
    return afterLocalWrite(deps, token, { service: this.name, here: this.region.id });
  }

  /** To be called at the commit: the reading of a write, and the greatest one that it was decided on. */
  protected noteStamp(key: string, known: Row<S>, hlc: Hlc): () => void {
    const after = known.version > 0 ? known.hlc : undefined;
    return () => this.region.observe({ kind: 'stamped', region: this.region.id, service: this.name, key, hlc, after });
  }

  /** The one statement. */
  *commit({ rows, events, origin, by, allows, also }: Change<S>): Task<number | false> {
    const { region, outbox, name } = this;
    const { rules, database } = region;
    const sorted = rows.toSorted((a, b) => (a.key < b.key ? -1 : 1));
    let appended: OutboxRow[] = [];
    return yield* database.transaction({
      rows: sorted.map(({ key }) => `${name} ${key}`),
      holds: () =>
        rows.every(({ key, version }) => (this.rows.get(key)?.version ?? 0) === version) && (allows?.() ?? true),
      begin: (xid) => {
        appended = events.map((event) => {
          outbox.lastId += 1;
          return { ...event, topic: this.topic, id: outbox.lastId, xid, row: region.nextRow() };
        });
        if (rules.publish === 'before the commit') this.#publish(appended);
      },
      write: (xid) => {
        const isOwn = events.length > 0;
        for (const { key, state, version, deps, hlc } of sorted) {
          const writes = isOwn ? { ...deps.writes, [region.id]: String(xid) } : deps.writes;
          const before = this.rows.get(key)?.hlc ?? '';
          this.rows.set(key, {
            state,
            version: version + 1,
            deps: { ...deps, writes },
            hlc: latestHlcOf([before, hlc]) as Hlc,
          });
        }
        if (rules.publish === 'by the outbox') outbox.rows.push(...appended);
        if (rules.publish === 'after the commit') this.host.start(this.#publishLater(appended));
        for (const { key, hlc, row } of appended)
          region.observe({
            kind: 'committed',
            region: region.id,
            service: name,
            key,
            hlc,
            row,
            version: this.versionOf(key),
            by,
          });
        if (origin) this.inbox.add(`${origin.source}/${origin.sequence}`);
        also?.();
        if (rows.length > 0) this.onWritten();
        if (isOwn) outbox.notified.ring();
      },
    });
  }

  /** For mutants, that do without the outbox. */
  #publish(rows: readonly OutboxRow[]): void {
    const { id, kafka } = this.region;
    for (const row of rows) {
      this.outbox.sequence += 1;
      const record = toRecord(row, this.outbox.sequence, { region: id, service: this.name });
      kafka.append(this.topic, partitionOf(row.key), record);
    }
  }

  *#publishLater(rows: readonly OutboxRow[]): Task<void> {
    yield 20;
    this.#publish(rows);
  }

  versionOf(key: string): number {
    return this.rows.get(key)?.version ?? 0;
  }

  serve<T>(key: string, caller: Caller, handle: Handler<this, T>): Task<Answer<T>> {
    return serve(this, key, caller, handle);
  }

  *read(key: string, caller: Caller): Task<Answer<S>> {
    return yield* this.serve(key, caller, (service) => {
      const { state, deps } = service.find(key);
      const token = joinTokens(caller.token, tokenOfRow(service.name, deps));
      return { ok: true, value: state, token, changed: false };
    });
  }

  protected get clock(): HlcClock {
    if (!this.#clock) throw new Error('A service that has not started has no clock.');
    return this.#clock;
  }
}

/** Its own topic, or a copy of it. */
function isOwnTopic({ topic }: Partition, own: string): boolean {
  return topic.endsWith(own);
}
