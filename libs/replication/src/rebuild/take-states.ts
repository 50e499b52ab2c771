import { joinRowDeps, NO_DEPS, type RowDeps } from '@meridian/consistency';
import { envelopeToHeaders, SNAPSHOT_EVENT, type StatesResponse } from '@meridian/contracts';
import type { IncomingRecord } from '@meridian/kafka';
import type pg from 'pg';
import type { RecordConsumer } from '../declared-consumer.ts';
import type { ReplicatedTable } from '../replicated-table.ts';

type Item = StatesResponse['items'][number];

/** Of connections of the pool. */
const AT_ONCE = 4;
/** In one transaction. */
const TOGETHER = 50;

export interface TakeStates {
  pool: pg.Pool;
  table: ReplicatedTable;
  service: string;
  /** The service's own consumer: what an event does, a state does as well. */
  consumer: RecordConsumer;
}

/** Under this source states are noted in the inbox; to be forgotten after the rebuild. */
export function snapshotSource(region: string, service: string): string {
  return `/${region}/${service}/snapshot`;
}

/**
 * Joins whole states of another region into what is here, by the consumer that takes its events: the schema, the clock's
 * bound and the join are the same, so that nothing can come in by this way that could not come in by that one. Then each
 * row is told what it comes from, which an event says of one write and a state of all of them.
 */
export async function takeStates(to: TakeStates, region: string, items: readonly Item[]): Promise<void> {
  const queue: Item[][] = [];
  for (let i = 0; i < items.length; i += TOGETHER) queue.push(items.slice(i, i + TOGETHER));
  const work = async () => {
    for (let some = queue.pop(); some; some = queue.pop()) await takeSome(to, region, some);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await joinDeps(to, items);
}

/** Together as far as they can be; what is left, each for itself, so that one that cannot be taken is found. */
async function takeSome(to: TakeStates, region: string, items: readonly Item[]): Promise<void> {
  const records = items.map((item) => ({ record: toRecord(to, region, item), inSpan: <T>(work: () => T) => work() }));
  const taken = await to.consumer.handleTogether?.(records).catch(() => 0);
  for (const [i, { record }] of records.entries())
    if (i >= (taken ?? 0)) await takeState(to, region, (items[i] as Item).id, record);
}

/** One that cannot be taken is named: without it the region would not be equal, so that it waits until somebody has mended it. */
async function takeState(to: TakeStates, region: string, id: string, record: IncomingRecord): Promise<void> {
  try {
    await to.consumer.handle(record);
  } catch (failure) {
    const why = failure instanceof Error ? failure.message : String(failure);
    throw new Error(`${to.table.aggregate} ${id} of ${region} cannot be taken: ${why}`, { cause: failure });
  }
}

function toRecord({ table, service }: TakeStates, region: string, { id, hlc, value }: Item): IncomingRecord {
  const headers = envelopeToHeaders({
    ...{ id: `${region}/${service}/snapshot/${id}`, source: snapshotSource(region, service), subject: id, hlc },
    type: `meridian.${table.aggregate}.${SNAPSHOT_EVENT}`,
    time: new Date().toISOString(),
    ...{ originRegion: region, originSequence: 1 },
  });
  const rawHeaders = Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)] as const);
  return {
    ...{ topic: table.topic, partition: 0, offset: '0', timestampMs: Date.now() },
    ...{ key: Buffer.from(id), value: Buffer.from(JSON.stringify(value)) },
    ...{ headers: Object.fromEntries(rawHeaders), rawHeaders },
  };
}

/** A row that is written at this moment keeps what that write said; the next comparison joins the rest. */
async function joinDeps({ pool, table: { name, id } }: TakeStates, items: readonly Item[]): Promise<void> {
  const ids = items.map((item) => item.id);
  const { rows } = await pool.query<{ id: string; deps: RowDeps; text: string }>(
    `SELECT ${id.column}::text AS id, deps, deps::text AS text FROM ${name}
     WHERE ${id.column} = ANY ($1::text[]::${id.type}[])`,
    [ids],
  );
  const known = new Map(rows.map((row) => [row.id, row]));
  const joined = items.map((item) => joinRowDeps(known.get(item.id)?.deps ?? NO_DEPS, item.deps));
  await pool.query(
    `UPDATE ${name} AS row SET deps = told.deps::jsonb
     FROM unnest($1::text[], $2::text[], $3::text[]) AS told (id, before, deps)
     WHERE row.${id.column} = told.id::${id.type} AND row.deps = told.before::jsonb AND row.deps <> told.deps::jsonb`,
    [ids, ids.map((one) => known.get(one)?.text ?? '{}'), joined.map((deps) => JSON.stringify(deps))],
  );
}
