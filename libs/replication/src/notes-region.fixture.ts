import { dlqTopic, hlcSchema, remoteTopic, TOPICS, type Topic } from '@meridian/contracts';
import { joinRegisters, type Register } from '@meridian/crdt';
import { latestHlcOf } from '@meridian/hlc';
import { AppliedHorizons, DEAD_LETTERS_DDL, HORIZON_DDL, INBOX_DDL, noteApplied, type Origin } from '@meridian/inbox';
import { createKafka, ensureTopics, type IncomingRecord } from '@meridian/kafka';
import {
  appendToOutboxSql,
  OUTBOX_DDL,
  OUTBOX_DEPS_DDL,
  OUTBOX_WRITTEN_FOR_DDL,
  type OutboxRow,
} from '@meridian/outbox';
import { createTestDatabase } from '@meridian/testing';
import type pg from 'pg';
import { pino } from 'pino';
import { z } from 'zod';
import { DeadLetters } from './dead-letters.ts';
import { EventStreams } from './event-streams.ts';
import { RegionClock } from './region-clock.ts';
import { RemoteEvents } from './remote-events.ts';
import type { ReplicatedTable } from './replicated-table.ts';
import { ReplicationLag } from './replication-lag.ts';
import { stateDigestColumn } from './state-digest.ts';

/**
 * A region with a service as small as can be: notes, of which each field is a last-writer-wins register. Regions have a
 * database each and share the cluster of the tests; they need no replicator, because each writes its events at once where
 * the others read them.
 */
export interface NotesRegion {
  readonly region: string;
  readonly pool: pg.Pool;
  readonly table: ReplicatedTable;
  readonly deadLetters: DeadLetters;
  /** How this region reads an event: what a deployment of another version replaces. */
  schema: z.ZodType<NoteDelta>;
  /** What was logged at level warn or above. */
  readonly warnings: Record<string, unknown>[];
  /** What it has written behind a sequence. */
  writtenAfter(sequence: number, limit?: number): ReturnType<EventStreams['writtenAfter']>;
  write(id: string, values: Record<string, unknown>): Promise<void>;
  notes(): Promise<Record<string, NoteFields>>;
  start(): void;
  stop(): Promise<void>;
}

export type NoteFields = Record<string, Register<unknown> | undefined>;
export interface NoteDelta {
  id: string;
  fields: NoteFields;
}

/** Takes any field. */
export const anyNote: z.ZodType<NoteDelta> = z.object({
  id: z.string(),
  fields: z.record(z.string(), z.looseObject({ value: z.unknown(), hlc: hlcSchema })),
});

const TABLE = `CREATE TABLE notes (id text PRIMARY KEY, state jsonb NOT NULL, hlc text COLLATE "C" NOT NULL, ${stateDigestColumn('id')});`;
const APPEND = appendToOutboxSql({ rows: 'told.events', from: '(SELECT $1::jsonb AS events) AS told' });

export async function createNotesRegion({
  region,
  others,
  postgresUrl,
  brokers,
  partitions = 1,
}: {
  region: string;
  others: readonly string[];
  postgresUrl: string;
  brokers: string[];
  partitions?: number;
}): Promise<NotesRegion> {
  const outbox = OUTBOX_DDL + OUTBOX_DEPS_DDL + OUTBOX_WRITTEN_FOR_DDL;
  const ddl = INBOX_DDL + DEAD_LETTERS_DDL + HORIZON_DDL + outbox + TABLE;
  const database = await createTestDatabase(postgresUrl, ddl);
  const topic = remoteTopic(region, TOPICS.users);
  await ensureTopics(createKafka({ clientId: region, brokers }), [
    { topic, partitions },
    { topic: dlqTopic(topic), partitions: 1 },
  ]);
  const { pool } = database;
  const clock = new RegionClock({ region });
  const events = new RemoteEvents(clock, new ReplicationLag());
  const warnings: Record<string, unknown>[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(JSON.parse(line)) });

  const latest = (fields: NoteFields) => latestHlcOf(Object.values(fields).flatMap((one) => (one ? [one.hlc] : [])));
  /** Joins into the row, and whatever else has to be in the same transaction. */
  async function join({ id, fields }: NoteDelta, alongside: (client: pg.PoolClient) => Promise<boolean>) {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [id]);
      const { rows } = await client.query('SELECT state FROM notes WHERE id = $1', [id]);
      const state = joinRegisters<NoteFields>(rows[0]?.state ?? {}, fields);
      await client.query(
        `INSERT INTO notes (id, state, hlc) VALUES ($1, $2, $3)
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, hlc = excluded.hlc`,
        [id, JSON.stringify(state), latest(state)],
      );
      const isNew = await alongside(client);
      await client.query('COMMIT');
      return isNew;
    } finally {
      client.release();
    }
  }

  const take = (record: IncomingRecord) =>
    events.receive(
      record,
      notes.schema,
      ({ fields }) => latest(fields),
      ({ value, origin }: { value: NoteDelta; origin: Origin }) => join(value, (client) => noteApplied(client, origin)),
    );
  const streams = new EventStreams({
    // Two services of one name would be one group in the cluster that they share.
    ...{ service: `notes-${region}`, region, brokers, databaseUrl: database.url, pool, logger },
    consumers: Object.fromEntries(others.map((origin) => [remoteTopic(origin, TOPICS.users), take])),
    ...{ tidyEveryMs: 200, gapIsOldAfterMs: 500, partitions, horizons: new AppliedHorizons(pool) },
  });

  const notes: NotesRegion = {
    ...{ region, pool, warnings, schema: anyNote },
    table: {
      ...{ name: 'notes', id: { column: 'id', type: 'text' }, aggregate: 'note', topic: topic as Topic },
      wholeValue: `jsonb_build_object('id', id, 'fields', state)`,
    },
    deadLetters: new DeadLetters(pool, streams),
    async write(id, values) {
      const { hlc } = clock.stamp();
      const fields = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value, hlc }]));
      const event: OutboxRow = { topic, key: id, type: 'meridian.note.written.v1', hlc, value: { id, fields } };
      await join({ id, fields }, async (client) => {
        await client.query(APPEND, [JSON.stringify([event])]);
        return true;
      });
    },
    async notes() {
      const { rows } = await pool.query<{ id: string; state: NoteFields }>('SELECT id, state FROM notes ORDER BY id');
      return Object.fromEntries(rows.map(({ id, state }) => [id, state]));
    },
    writtenAfter: (sequence, limit = 100) => streams.writtenAfter(topic, sequence, limit),
    start: () => streams.onApplicationBootstrap(),
    async stop() {
      await streams.onModuleDestroy();
      await database.drop();
    },
  };
  return notes;
}
