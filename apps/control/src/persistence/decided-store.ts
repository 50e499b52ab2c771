import { type Proposal, proposal } from '@meridian/contracts';
import { Injectable } from '@nestjs/common';
import type { HowFar } from '../domain/confirm.ts';
import type { KnownTable } from '../domain/lease-wait.ts';
import { Database } from './database.ts';

/** As far back as anybody asks: who has been primary since when. */
const HISTORY = 50;

/** What has been decided, as far as it is known in this region. */
@Injectable()
export class DecidedStore {
  constructor(private readonly database: Database) {}

  async newest(): Promise<Proposal | undefined> {
    const { rows } = await this.database.pool.query<{ proposal: unknown }>(
      'SELECT proposal FROM decided ORDER BY epoch DESC LIMIT 1',
    );
    return rows[0] && proposal.parse(rows[0].proposal);
  }

  /** Notes a decision. Throws when another one is noted for its epoch: the protocol is broken then, and nothing is right. */
  async note(decided: Proposal): Promise<void> {
    const { epoch } = decided.table;
    const { rows } = await this.database.pool.query<{ id: string }>(
      `WITH noted AS (
         INSERT INTO decided (epoch, proposal) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING proposal
       ) SELECT proposal ->> 'id' AS id FROM noted UNION ALL SELECT proposal ->> 'id' FROM decided WHERE epoch = $1`,
      [epoch, JSON.stringify(decided)],
    );
    const other = rows.find(({ id }) => id !== decided.id);
    if (other) throw new Error(`Epoch ${epoch} was decided twice: by proposal ${other.id}, and by ${decided.id}.`);
  }

  /** How far this region has come, at one instant. */
  async howFar(): Promise<HowFar> {
    const { rows } = await this.database.pool.query<Record<keyof HowFar, string | null>>(
      `SELECT (SELECT max(epoch) FROM decided) AS "newestEpoch",
              (SELECT max(epoch) FROM acceptor WHERE accepted_round IS NOT NULL) AS "acceptedEpoch",
              (SELECT max(epoch) FROM acceptor WHERE promised_round IS NOT NULL) AS "promisedEpoch",
              (SELECT after_epoch FROM acceptor_joined) AS "joinedAfter"`,
    );
    const { newestEpoch, acceptedEpoch, promisedEpoch, joinedAfter } = rows[0] ?? {};
    return {
      newestEpoch: Number(newestEpoch ?? 0),
      acceptedEpoch: Number(acceptedEpoch ?? 0),
      promisedEpoch: Number(promisedEpoch ?? 0),
      joinedAfter: joinedAfter == null ? null : Number(joinedAfter),
    };
  }

  /** The newest first, each with how long it has been known here. */
  async history(): Promise<KnownTable[]> {
    const { rows } = await this.database.pool.query<{ proposal: unknown; known_for_ms: number }>(
      `SELECT proposal, (extract(epoch FROM clock_timestamp() - learned_at) * 1000)::float AS known_for_ms
       FROM decided ORDER BY epoch DESC LIMIT ${HISTORY}`,
    );
    return rows.map((row) => ({ table: proposal.parse(row.proposal).table, knownForMs: row.known_for_ms }));
  }
}
