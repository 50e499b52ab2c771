import {
  appliedHorizon,
  type Hold,
  type Horizons,
  holdHorizon,
  type PartitionHorizon,
  reachHorizon,
  releaseHorizon,
} from '@meridian/consistency';
import type pg from 'pg';

/**
 * How far the events of every source have been applied here, by partition: what a session token is compared with.
 *
 * Kept in memory and written down now and then, because a write per event would double what applying one costs. What is
 * written down may be behind: after a restart it is made up for by the records that come again and by the next heartbeat,
 * and meanwhile requests wait or are forwarded. It is never ahead: a record counts once it has been applied. Only holds
 * are written at once, before the record behind is looked at, because a hold that is forgotten would be a lie.
 *
 * Limits: one process per database follows a partition, as one process per service and region is the rule here.
 */
export class AppliedHorizons {
  readonly #pool: pg.Pool;
  readonly #byService = new Map<string, Record<string, Record<number, PartitionHorizon>>>();
  readonly #waiting = new Set<() => void>();
  #written = new Map<string, PartitionHorizon>();

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** What an earlier process wrote down. To be called before anything is applied. Rejects when the database is away. */
  async load(): Promise<void> {
    const { rows } = await this.#pool.query<{
      source: string;
      partition: number;
      reached: string;
      atMs: number;
      holds: Hold[];
    }>(
      `SELECT source, partition, coalesce(known.reached, '0'::xid8) AS reached,
              coalesce(extract(epoch FROM known.at) * 1000, 0)::float8 AS "atMs", coalesce(held.holds, '[]') AS holds
       FROM horizon AS known
       FULL JOIN (
         SELECT source, partition, jsonb_agg(jsonb_build_object(
                  'record', record, 'reached', reached::text, 'atMs', extract(epoch FROM at) * 1000)) AS holds
         FROM horizon_hold GROUP BY source, partition
       ) AS held USING (source, partition)`,
    );
    for (const { source, partition, reached, atMs, holds } of rows)
      this.#set(source, partition, { reached, atMs, holds });
  }

  /** Of one service: a view that moves on by itself. */
  of(service: string): Horizons {
    return this.#ofService(service);
  }

  /** A record with this stamp was applied, and so was all before it in its partition, or is held. */
  reach(source: string, partition: number, stamp: { horizon: string; atMs: number }): void {
    this.#set(source, partition, reachHorizon(this.#get(source, partition), stamp));
  }

  /** A record was passed without being applied. Resolves once that cannot be forgotten. */
  async hold(source: string, partition: number, record: string): Promise<void> {
    const held = holdHorizon(this.#get(source, partition), record);
    const hold = held.holds.find((one) => one.record === record) as Hold;
    await this.#pool.query(
      `INSERT INTO horizon_hold (record, source, partition, reached, at)
       VALUES ($1, $2, $3, $4::xid8, to_timestamp($5::float8 / 1000)) ON CONFLICT (record) DO NOTHING`,
      [record, source, partition, hold.reached, hold.atMs],
    );
    this.#set(source, partition, held);
  }

  /** Writes down what has been reached, and lets go what has been applied after all: replayed, or delivered again. */
  async write(): Promise<void> {
    const all = this.#all();
    const due = all.filter(({ source, partition, known }) => this.#written.get(`${source}/${partition}`) !== known);
    if (due.length > 0)
      await this.#pool.query(
        `INSERT INTO horizon AS known (source, partition, reached, at)
         SELECT source, partition, reached, to_timestamp(at_ms / 1000)
         FROM unnest($1::text[], $2::int[], $3::xid8[], $4::float8[]) AS now (source, partition, reached, at_ms)
         ON CONFLICT (source, partition) DO UPDATE
           SET reached = greatest(known.reached, excluded.reached), at = greatest(known.at, excluded.at)`,
        [
          due.map(({ source }) => source),
          due.map(({ partition }) => partition),
          due.map(({ known }) => known.reached),
          due.map(({ known }) => known.atMs),
        ],
      );
    for (const { source, partition, known } of due) this.#written.set(`${source}/${partition}`, known);
    const held = all.flatMap(({ known }) => known.holds.map(({ record }) => record));
    if (held.length === 0) return;
    await this.#pool.query(RELEASE_REPLAYED);
    const { rows } = await this.#pool.query<{ record: string }>(
      'SELECT record FROM horizon_hold WHERE record = ANY ($1::text[])',
      [held],
    );
    const still = new Set(rows.map(({ record }) => record));
    for (const record of held) if (!still.has(record)) this.#forget(record);
  }

  /** Resolves at the next change, or after `withinMs`. */
  async untilChange(withinMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, withinMs);
      this.#waiting.add(done);
    });
  }

  #all(): { source: string; partition: number; known: PartitionHorizon }[] {
    return [...this.#byService].flatMap(([service, byRegion]) =>
      Object.entries(byRegion).flatMap(([region, byPartition]) =>
        Object.entries(byPartition).map(([partition, known]) => {
          return { source: `/${region}/${service}`, partition: Number(partition), known };
        }),
      ),
    );
  }

  #forget(record: string): void {
    for (const { source, partition, known } of this.#all())
      if (known.holds.some((hold) => hold.record === record))
        this.#set(source, partition, releaseHorizon(known, record));
  }

  #ofService(service: string): Record<string, Record<number, PartitionHorizon>> {
    const known = this.#byService.get(service);
    if (known) return known;
    const none = {};
    this.#byService.set(service, none);
    return none;
  }

  #get(source: string, partition: number): PartitionHorizon | undefined {
    const [, region = '', service = ''] = source.split('/');
    return this.#ofService(service)[region]?.[partition];
  }

  #set(source: string, partition: number, next: PartitionHorizon): void {
    const [, region = '', service = ''] = source.split('/');
    const byRegion = this.#ofService(service);
    byRegion[region] ??= {};
    const before = appliedHorizon(byRegion[region][partition]);
    byRegion[region][partition] = next;
    if (before?.horizon !== appliedHorizon(next)?.horizon) for (const wake of this.#waiting) wake();
  }
}

const RELEASE_REPLAYED = `
  DELETE FROM horizon_hold AS hold USING dead_letters AS letter
  WHERE hold.record = letter.topic || '/' || letter.partition || '/' || letter."offset"
    AND letter.replayed_at IS NOT NULL`;
