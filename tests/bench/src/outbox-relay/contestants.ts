import type { OutgoingRecord, RecordProducer } from '@meridian/kafka';
import {
  appendToOutboxSql,
  OUTBOX_DDL,
  OUTBOX_DEPS_DDL,
  OUTBOX_WRITTEN_FOR_DDL,
  startOutboxRelay,
} from '@meridian/outbox';
import pg from 'pg';
import { DatabaseSetup, getDisabledLogger, initializePollingMessageListener } from 'pg-transactional-outbox';

/** Half a kilobyte, as an event of an order has. `n` tells one from another. */
export const PAYLOAD = { text: 'x'.repeat(500) };
const POLL_MS = 5;

/** Someone who publishes what is committed to a table: the table, how a row comes into it, and the publishing. */
export interface OutboxContestant {
  name: string;
  topic: string;
  ddl: string;
  /** What it has not published by then, in milliseconds after the last commit, it never will. */
  settledWithinMs: number;
  /** Appends rows numbered from `first` on, in the caller's transaction. */
  append(client: pg.ClientBase, first: number, count: number): Promise<unknown>;
  /** Publishes until it is stopped. `acknowledged` is told the numbers of rows that Kafka has. */
  start(from: {
    databaseUrl: string;
    producer: RecordProducer;
    acknowledged: (rows: number[]) => void;
  }): Promise<{ stop(): Promise<unknown> }>;
}

const numbers = (records: readonly OutgoingRecord[]) =>
  records.map(({ value }) => JSON.parse(String(value)).n as number);

const relay: OutboxContestant = {
  name: 'relay',
  topic: 'relay.v1',
  settledWithinMs: 5_000,
  ddl: OUTBOX_DDL + OUTBOX_DEPS_DDL + OUTBOX_WRITTEN_FOR_DDL,
  append: (client, first, count) => {
    const rows = Array.from({ length: count }, (_, i) => ({
      ...{ topic: 'relay.v1', key: `k-${(first + i) % 100}`, type: 'meridian.bench.v1', hlc: '0' },
      value: { n: first + i, ...PAYLOAD },
    }));
    const text = appendToOutboxSql({ rows: 'told.events', from: '(SELECT $1::jsonb AS events) AS told' });
    return client.query({ name: 'append', text, values: [JSON.stringify(rows)] });
  },
  async start({ databaseUrl, producer, acknowledged }) {
    const started = await startOutboxRelay({
      ...{ databaseUrl, region: 'eu-west', service: 'bench' },
      producer: {
        async sendBatch(batch) {
          await producer.sendBatch(batch);
          acknowledged(batch.flatMap(({ records }) => numbers(records)));
        },
      },
      logger: { info: () => undefined, warn: () => undefined },
    });
    return { stop: () => started.close() };
  },
};

/** "Everything after the greatest id that I have seen": what most outboxes begin with, and why they lose rows. */
const naive: OutboxContestant = {
  name: 'naive poller',
  topic: 'naive.v1',
  settledWithinMs: 1_000,
  ddl: 'CREATE TABLE outbox (id bigserial PRIMARY KEY, n int NOT NULL, value jsonb NOT NULL)',
  append: (client, first, count) =>
    client.query({
      name: 'append',
      text: `INSERT INTO outbox (n, value)
             SELECT n, jsonb_build_object('n', n) || $3::jsonb FROM generate_series($1::int, $2::int) AS n ORDER BY n`,
      values: [first, first + count - 1, JSON.stringify(PAYLOAD)],
    }),
  async start({ databaseUrl, producer, acknowledged }) {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    let isStopped = false;
    const poll = async () => {
      let lastId = '0';
      const text = 'SELECT id, n, value FROM outbox WHERE id > $1 ORDER BY id LIMIT 500';
      while (!isStopped) {
        const { rows } = await client.query<{ id: string; n: number; value: object }>({
          ...{ name: 'poll', text, values: [lastId] },
        });
        if (rows.length === 0) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        else {
          await producer.send(
            this.topic,
            rows.map(({ n, value }) => ({ key: `k-${n % 100}`, value: JSON.stringify(value) })),
          );
          acknowledged(rows.map(({ n }) => n));
          lastId = (rows.at(-1) as { id: string }).id;
        }
      }
    };
    const polling = poll();
    const stop = async () => {
      isStopped = true;
      await polling.finally(() => client.end());
    };
    return { stop };
  },
};

const TABLE = {
  ...{ outboxOrInbox: 'outbox' as const, database: 'bench', schema: 'public', table: 'outbox' },
  ...{ listenerRole: 'meridian', nextMessagesName: 'next_outbox_messages' },
};

/**
 * Its polling listener, asking as often as the naive poller, for as many at a time as it has good use for, with every
 * message free of the order of others (in order, it hands out one message at a time). Its other listener wants
 * `wal_level=logical`.
 */
const pgTransactionalOutbox: OutboxContestant = {
  name: 'pg-transactional-outbox',
  topic: 'library.v1',
  // It locks what it hands out for 5 s, and hands it out again when that did not work.
  settledWithinMs: 12_000,
  ddl: [
    DatabaseSetup.dropAndCreateTable(TABLE),
    DatabaseSetup.createPollingFunction(TABLE),
    DatabaseSetup.setupPollingIndexes(TABLE),
  ].join('\n'),
  append: (client, first, count) =>
    client.query({
      name: 'append',
      text: `INSERT INTO outbox (id, aggregate_type, aggregate_id, message_type, concurrency, payload)
             SELECT gen_random_uuid(), 'bench', 'k-' || n % 100, 'meridian.bench.v1', 'parallel',
                    jsonb_build_object('n', n) || $3::jsonb
             FROM generate_series($1::int, $2::int) AS n ORDER BY n`,
      values: [first, first + count - 1, JSON.stringify(PAYLOAD)],
    }),
  async start({ databaseUrl, producer, acknowledged }) {
    const connection = { connectionString: databaseUrl, max: 10 };
    const [stop] = initializePollingMessageListener(
      {
        ...{ outboxOrInbox: 'outbox', dbListenerConfig: connection, dbHandlerConfig: connection },
        settings: {
          ...{ dbSchema: 'public', dbTable: 'outbox', nextMessagesFunctionName: TABLE.nextMessagesName },
          ...{ enableMaxAttemptsProtection: false, enablePoisonousMessageProtection: false },
          ...{ nextMessagesBatchSize: 50, nextMessagesPollingIntervalInMs: POLL_MS },
        },
      },
      {
        handle: async ({ aggregateId, payload }) => {
          const record = { key: aggregateId, value: JSON.stringify(payload) };
          await producer.send(this.topic, [record]);
          acknowledged(numbers([record]));
        },
      },
      getDisabledLogger(),
    );
    return { stop };
  },
};

export const OUTBOX_CONTESTANTS: readonly OutboxContestant[] = [relay, naive, pgTransactionalOutbox];
