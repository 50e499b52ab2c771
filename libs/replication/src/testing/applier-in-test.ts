import { remoteTopic } from '@meridian/contracts';
import type { IncomingRecord } from '@meridian/kafka';
import { createTestDatabase } from '@meridian/testing';
import type pg from 'pg';
import { AggregateTurns } from '../aggregate-turns.ts';
import type { RecordConsumer } from '../declared-consumer.ts';
import { RegionClock } from '../region-clock.ts';
import { RemoteEvents } from '../remote-events.ts';
import { ReplicationLag } from '../replication-lag.ts';
import { type EventToWrite, migrationsOf, toRecord } from './service-in-test.ts';

/** A service's consumer on a database of its own, without the service: nothing else writes there. */
export interface ApplierInTest {
  pool: pg.Pool;
  consumer: RecordConsumer;
  /** The consumer of another process on the same database. */
  another(): RecordConsumer;
  /** Events that were applied for the first time. */
  lags(): number;
  stop(): Promise<void>;
}

interface Parts<Config> {
  config: Config;
  events: RemoteEvents;
  clock: RegionClock;
  turns: AggregateTurns;
}

interface Made {
  consumer: RecordConsumer;
  database: { onApplicationShutdown(): Promise<void> };
}

/** The measure itself forgets what is long ago. */
class CountedLag extends ReplicationLag {
  count = 0;

  override record(...told: Parameters<ReplicationLag['record']>): void {
    this.count += 1;
    super.record(...told);
  }
}

/** `make` puts the consumer together, as the service's module does. The wall clock stands, so that readings can be compared. */
export async function startApplier<Config>(
  tested: { name: string; appDir: string; postgresUrl: string; region: string; config?: object },
  make: (parts: Parts<Config>) => Made,
): Promise<ApplierInTest> {
  const { name, appDir, postgresUrl, region } = tested;
  const database = await createTestDatabase(postgresUrl, migrationsOf(appDir));
  const clock = new RegionClock({ region, wallClockMs: () => Date.parse('2026-11-29T12:00:00Z') });
  const lag = new CountedLag();
  const events = new RemoteEvents(clock, lag, name);
  const config = { region, databaseUrl: database.url, ...tested.config } as Config;
  const made: Made[] = [];
  const another = (): RecordConsumer => {
    const one = make({ config, events, clock, turns: new AggregateTurns() });
    made.push(one);
    return one.consumer;
  };
  return {
    ...{ pool: database.pool, consumer: another(), another },
    lags: () => lag.count,
    async stop() {
      await Promise.all(made.map((one) => one.database.onApplicationShutdown()));
      await database.drop();
    },
  };
}

/** As it lies in this region's cluster. */
export function heardRecord(event: EventToWrite): IncomingRecord {
  const { key, value, headers, timestampMs } = toRecord(event);
  const rawHeaders = Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)] as const);
  return {
    ...{ topic: remoteTopic(event.origin, event.topic), partition: 0, offset: String(event.sequence), timestampMs },
    ...{ key: Buffer.from(key), value: Buffer.from(value) },
    ...{ headers: Object.fromEntries(rawHeaders), rawHeaders },
  };
}

/** One by one; those that are refused are returned. */
export async function handleAlone({ consumer }: Pick<ApplierInTest, 'consumer'>, records: readonly IncomingRecord[]) {
  const refused: IncomingRecord[] = [];
  for (const record of records) await consumer.handle(record).catch(() => refused.push(record));
  return refused;
}

/** As `consumeRecords` does: in runs of these sizes, in turn, and alone what is left of a run; those that are refused are returned. */
export async function handleInRuns(
  applier: Pick<ApplierInTest, 'consumer'>,
  records: readonly IncomingRecord[],
  sizes: readonly number[],
): Promise<IncomingRecord[]> {
  const { consumer } = applier;
  if (!consumer.handleTogether) throw new Error('It has no way to handle several at once.');
  const refused: IncomingRecord[] = [];
  let rest = records;
  for (let run = 0; rest.length > 0; run += 1) {
    const together = rest.slice(0, sizes[run % sizes.length]);
    const handled = await consumer.handleTogether(together.map((record) => ({ record, inSpan: (work) => work() })));
    const alone = handled < together.length ? 1 : 0;
    refused.push(...(await handleAlone(applier, rest.slice(handled, handled + alone))));
    rest = rest.slice(handled + alone);
  }
  return refused;
}
