import type { Hlc } from '@meridian/hlc';
import { Injectable } from '@nestjs/common';
import { Prisma } from '../generated/prisma/client.ts';
import { Database } from './database.ts';

/**
 * Something that this region has still to do about a claim. It is written before or with the change that needs it, so
 * that neither a crash nor a region that is away can make it be forgotten.
 */
export interface DueClaim {
  userId: string;
  digest: string;
  hlc: Hlc;
  task: 'intent' | 'claim' | 'release';
  traceparent?: string;
}

/** Longer than a request can take from its intent to its commit; afterwards the claim is given back. */
export const INTENT_LASTS_MS = 30_000;
/** How soon what failed is tried again, doubling up to the second figure: so long may a heal go unnoticed. */
const RETRY_FIRST_MS = 250;
const RETRY_LONGEST_MS = 4_000;
const BATCH = 32;

@Injectable()
export class DueClaimStore {
  constructor(private readonly database: Database) {}

  /** Before the call that claims: whatever becomes of it and of this process, somebody will look after the claim. */
  async intend({ userId, digest, hlc, traceparent }: Omit<DueClaim, 'task'>): Promise<void> {
    await this.database.pool.query(
      `INSERT INTO email_claims_due (user_id, digest, hlc, task, traceparent, next_at)
       VALUES ($1, $2, $3, 'intent', $4, clock_timestamp() + $5 * interval '1 ms')
       ON CONFLICT (user_id, digest) DO UPDATE
         SET hlc = excluded.hlc, task = excluded.task, traceparent = excluded.traceparent, attempts = 0, next_at = excluded.next_at`,
      [userId, digest, hlc, traceparent ?? null, INTENT_LASTS_MS],
    );
  }

  /** What can be done now, longest waiting first. Intents that nobody carried out have become releases: from then on a commit that relies on one writes nothing. */
  async ready(): Promise<DueClaim[]> {
    const { rows } = await this.database.pool.query<DueClaim>(
      `WITH abandoned AS (
         UPDATE email_claims_due SET task = 'release' WHERE task = 'intent' AND next_at <= clock_timestamp()
       )
       SELECT user_id AS "userId", digest, hlc, task, traceparent FROM email_claims_due
       WHERE task <> 'intent' AND next_at <= clock_timestamp() ORDER BY next_at LIMIT ${BATCH}`,
    );
    return rows;
  }

  async remove({ userId, digest, hlc, task }: DueClaim): Promise<void> {
    await this.database.pool.query(
      'DELETE FROM email_claims_due WHERE user_id = $1 AND digest = $2 AND hlc = $3 AND task = $4',
      [userId, digest, hlc, task],
    );
  }

  async postpone({ userId, digest, hlc, task }: DueClaim): Promise<void> {
    await this.database.pool.query(
      `UPDATE email_claims_due SET attempts = attempts + 1,
         next_at = clock_timestamp() + least($5 * 2 ^ least(attempts, 10), $6) * interval '1 ms'
       WHERE user_id = $1 AND digest = $2 AND hlc = $3 AND task = $4`,
      [userId, digest, hlc, task, RETRY_FIRST_MS, RETRY_LONGEST_MS],
    );
  }

  /** It was a release, and is a claim: the user still goes by this address, and nobody has been asked about it. */
  async claimInstead({ userId, digest }: DueClaim, hlc: Hlc): Promise<void> {
    await this.database.pool.query(
      `UPDATE email_claims_due SET task = 'claim', hlc = $3 WHERE user_id = $1 AND digest = $2 AND task = 'release'`,
      [userId, digest, hlc],
    );
  }

  /** Whether a provisional claim with an earlier reading waits here. */
  async hasEarlier(digest: string, hlc: Hlc): Promise<boolean> {
    const { rowCount } = await this.database.pool.query(
      `SELECT FROM email_claims_due WHERE digest = $1 AND task = 'claim' AND hlc < $2 LIMIT 1`,
      [digest, hlc],
    );
    return rowCount !== 0;
  }
}

/** For use inside the one statement that commits a user: true only while `due` is still to be done, which locks it. */
export function isStillDue({ userId, digest, hlc, task }: DueClaim): Prisma.Sql {
  return Prisma.sql`SELECT FROM email_claims_due
    WHERE user_id = ${userId}::uuid AND digest = ${digest} AND hlc = ${hlc} AND task = ${task} FOR UPDATE`;
}

/** Likewise: it is done when `from` has a row. */
export function doneSql({ userId, digest }: DueClaim, from: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`DELETE FROM email_claims_due USING ${from}
    WHERE user_id = ${userId}::uuid AND digest = ${digest}`;
}

/** Likewise: the claims of `rows`, a jsonb array of `DueClaim`, become due. */
export function addDueSql(rows: readonly DueClaim[], from: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`INSERT INTO email_claims_due (user_id, digest, hlc, task, traceparent)
    SELECT due."userId", due.digest, due.hlc, due.task, due.traceparent
    FROM ${from}, jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS due ("userId" uuid, digest text, hlc text, task text, traceparent text)
    ON CONFLICT (user_id, digest) DO UPDATE
      SET hlc = excluded.hlc, task = excluded.task, traceparent = excluded.traceparent, attempts = 0,
          next_at = clock_timestamp()`;
}
