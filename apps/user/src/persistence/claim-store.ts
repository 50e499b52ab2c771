import { Injectable } from '@nestjs/common';
import type { Claim } from '../domain/email-claim.ts';
import { Database } from './database.ts';

/** As long as a request may at most linger between regions, and much longer. */
const KEEP_RELEASED = "interval '1 day'";

/** Who holds which address, of those that this region decides on. No other region has this table's rows. */
@Injectable()
export class ClaimStore {
  constructor(private readonly database: Database) {}

  async find(digest: string): Promise<Claim | undefined> {
    const { rows } = await this.database.pool.query<Claim>(
      'SELECT user_id AS "userId", hlc, state FROM email_claims WHERE digest = $1',
      [digest],
    );
    return rows[0];
  }

  /** One statement. False when the claim is no longer the one that was decided on; then nothing is written. */
  async replace(digest: string, known: Claim | undefined, { userId, hlc, state }: Claim): Promise<boolean> {
    const { rowCount } = await this.database.pool.query(
      `INSERT INTO email_claims AS known (digest, user_id, hlc, state) VALUES ($1, $2, $3, $4)
       ON CONFLICT (digest) DO UPDATE
         SET user_id = excluded.user_id, hlc = excluded.hlc, state = excluded.state, changed_at = clock_timestamp()
         WHERE (known.user_id, known.hlc, known.state) = ($5::uuid, $6::text, $7::text)`,
      [digest, userId, hlc, state, known?.userId ?? null, known?.hlc ?? null, known?.state ?? null],
    );
    return rowCount === 1;
  }

  async forgetReleased(): Promise<void> {
    await this.database.pool.query(
      `DELETE FROM email_claims WHERE state = 'released' AND changed_at < clock_timestamp() - ${KEEP_RELEASED}`,
    );
  }
}
