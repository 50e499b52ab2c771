import type { ConflictListQuery } from '@meridian/contracts';
import type { Pool } from 'pg';
import type { ConflictEntry } from './conflict.ts';

interface Row extends Omit<ConflictEntry, 'detectedAt'> {
  detectedAt: Date;
  seq: string;
}

const COLUMNS = `id, aggregate, aggregate_id AS "aggregateId", field, rule, lost, won,
  detected_at AS "detectedAt", status, seq`;

/** The ledger of this region, for reading and resolving; joins write to it by `insertConflictsSql`. */
export class ConflictLedger {
  constructor(private readonly pool: Pool) {}

  /** Newest first. `next` is the `after` of the page that follows, null on the last. */
  async list(query: ConflictListQuery): Promise<{ items: ConflictEntry[]; next: number | null }> {
    const { rows } = await this.pool.query<Row>(
      `SELECT ${COLUMNS} FROM conflicts
       WHERE ($1::text IS NULL OR status = $1) AND ($2::text IS NULL OR aggregate_id = $2)
         AND ($3::bigint IS NULL OR seq < $3)
       ORDER BY seq DESC LIMIT $4`,
      [query.status ?? null, query.aggregateId ?? null, query.after ?? null, query.limit + 1],
    );
    const page = rows.slice(0, query.limit);
    return { items: page.map(toEntry), next: rows.length > page.length ? Number(page.at(-1)?.seq) : null };
  }

  async find(id: string): Promise<ConflictEntry | undefined> {
    const { rows } = await this.pool.query<Row>(`SELECT ${COLUMNS} FROM conflicts WHERE id = $1`, [id]);
    return rows[0] && toEntry(rows[0]);
  }

  /** The entry after it; undefined when there is none of that id. */
  async markResolved(id: string): Promise<ConflictEntry | undefined> {
    const { rows } = await this.pool.query<Row>(
      `UPDATE conflicts SET status = 'resolved' WHERE id = $1 RETURNING ${COLUMNS}`,
      [id],
    );
    return rows[0] && toEntry(rows[0]);
  }
}

function toEntry({ seq, detectedAt, ...entry }: Row): ConflictEntry {
  return { ...entry, detectedAt: detectedAt.toISOString() };
}
